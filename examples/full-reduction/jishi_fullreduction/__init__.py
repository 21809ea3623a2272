"""满减送: 满元或满件，减钱、打折、包邮或送赠品；阶梯或每满，按优先级逐行互斥"""

from .manifest import plugin

__all__ = ["plugin"]
