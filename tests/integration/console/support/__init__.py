"""What the console's tests share: a hookd, a receiver and a browser."""
