"""A killed simulator forgets nothing (wechat.md §7.2); many shoppers at once are all served."""

from concurrent.futures import ThreadPoolExecutor

from sim_shop import Shop, client, open_shop

from simulator.testing import process


def test_kill_nine_keeps_orders_notifies_keys_faults_and_the_clock(tmp_path, receiver):
    receiver.statuses[:] = [500]
    with process(tmp_path) as sim:
        profile = sim.provision("wxkill", mchid="1600000201")
        shop = open_shop(sim, profile, f"{receiver.url}/pay/one")
        sim.advance(5000)
        transaction_id = shop.pay("KILL000001")["transaction_id"]
        sim.wait()
        shop.refund("KILL000001", "KR1", 10)
        shop.order("KILL000002")
        sim.fault("500", {"path": "/close$"}, times=1)
        sim.popen.kill()
        sim.popen.wait()
    with process(tmp_path) as sim:
        shop = Shop(sim, profile, client(profile, sim.url), shop.openid, shop.notify_url)
        assert sim.get("clock")["offset_seconds"] == 5000
        assert shop.query("KILL000001")[1]["transaction_id"] == transaction_id
        assert shop.query("KILL000001")[1]["trade_state"] == "REFUND"
        assert [shop.wx.close("KILL000002")[0] for _ in range(2)] == [500, 204]
        sim.advance(20)
        kinds = [shop.wx.callback(r.headers, r.body)["event_type"] for r in receiver.requests]
        assert sorted(kinds) == ["REFUND.SUCCESS", "TRANSACTION.SUCCESS", "TRANSACTION.SUCCESS"]
        assert sim.login("wxkill", "张三")["openid"] == shop.openid
        assert shop.pay("KILL000003")["transaction_id"] != transaction_id


def test_many_shoppers_at_once_are_all_paid_and_announced_once(shop, receiver):
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda n: shop.pay(f"MANY{n:06d}"), range(80)))
    assert shop.sim.wait()
    assert [result["errMsg"] for result in results] == ["requestPayment:ok"] * 80
    assert len({result["transaction_id"] for result in results}) == len(receiver.requests) == 80


def test_wallet_takes_the_money_of_one_order_once(shop, receiver):
    params = shop.params(shop.order("ONCE000001")[1]["prepay_id"])
    with ThreadPoolExecutor(8) as pool:
        reasons = list(pool.map(lambda _: shop.sim.pay(params, shop.openid)["reason"], range(16)))
    shop.sim.wait()
    assert (sorted(map(str, reasons)), len(receiver.requests)) == (["None"] + ["ORDER_PAID"] * 15, 1)
