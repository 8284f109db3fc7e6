"""Makes the synthetic case series in data/cd19-car-t. No row comes from a real person."""
