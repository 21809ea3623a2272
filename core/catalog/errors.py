from __future__ import annotations

from core.errors import Conflict, Invalid, NotFound


class ProductNotFound(NotFound):
    code = "product_not_found"
    message = "没有找到这个商品，它可能已下架或删除"


class SkuNotFound(NotFound):
    code = "sku_not_found"
    message = "没有找到这个货号或条码的商品"


class CategoryNotFound(NotFound):
    code = "category_not_found"
    message = "没有找到这个分类"


class BrandNotFound(NotFound):
    code = "brand_not_found"
    message = "没有找到这个品牌"


class PictureNotFound(NotFound):
    code = "picture_not_found"
    message = "没有找到这张图片"


class NameTaken(Conflict):
    code = "name_taken"


class BarcodeTaken(Conflict):
    code = "barcode_taken"


class SkuCodeTaken(Conflict):
    code = "sku_code_taken"


class PluTaken(Conflict):
    code = "plu_taken"


class CategoryInUse(Conflict):
    code = "category_in_use"
    message = "分类下还有商品或子分类，请先移走再删除"


class BrandInUse(Conflict):
    code = "brand_in_use"
    message = "还有商品属于这个品牌，请先修改这些商品再删除"


class ProductInUse(Conflict):
    """The product was sold or stocked: history refers to it, so it can only leave the shelf."""

    code = "product_in_use"
    message = "商品已有库存或订单记录，不能删除，请改为下架"


class NothingForSale(Invalid):
    """A product whose SKUs are all switched off: the product itself should leave the shelf."""

    code = "no_active_sku"
    message = "至少要有一个在售规格；整个商品停售请改为下架"


class CategoryTooDeep(Invalid):
    code = "category_too_deep"
    message = "分类最多三级，请选择更上级的分类"


class CategoryLoop(Invalid):
    code = "category_loop"
    message = "分类不能移到它自己或它的下级分类之下"


class TooManyPictures(Conflict):
    code = "too_many_pictures"


class PriceOutOfRange(Invalid):
    """A change of many prices that some of them can't take; nothing was changed."""

    code = "price_out_of_range"
    message = "部分商品改价后低于 0.01 元、过大或低于会员价，没有修改任何价格，请看预览"
