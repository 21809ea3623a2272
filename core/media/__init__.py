"""Pictures of products (商品图片): resized uploads, and drawings where there is no picture."""
