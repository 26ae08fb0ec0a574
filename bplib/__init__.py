"""bplib: backpropagation in small, readable numpy, beside the book 'Backpropagation, Hands On'."""
