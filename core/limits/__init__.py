"""What a shop's plan (套餐) allows: said in advance, enforced where something new begins, never for what exists."""
