"""An invented supermarket in 邢台: products, scale labels, stores and the habits of its shoppers."""
