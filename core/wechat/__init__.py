"""WeChat as the shop sees it: pay (API v3) behind `PayGateway`, api.weixin.qq.com behind `WeixinClient`.

Nothing here knows orders, buyers or tenants' tables; callers hand in a `PayProfile` or a `WeixinApp` and get
typed results and typed errors back. The guards are those of wechat.md §2.8.
"""
