"""What the shop tells WeChat and its shoppers after the fact: shipping info and subscribe messages."""
