import os
from tests.browser.conftest import *  # noqa
from tests.browser.desk import Desk
from core.switches import service
from core.host import failures
from core.db import db
from sqlalchemy import text
PATHS=os.environ['PATHS'].split(',')
EX=os.environ.get('EXAMPLE')
@pytest.fixture(scope="session")
def app(config):
    from importlib.metadata import EntryPoint, entry_points
    found=list(entry_points(group="jishi.plugins"))
    if EX:
        import sys; sys.path.insert(0, EX)
        found.append(EntryPoint("fullreduction","jishi_fullreduction:plugin","jishi.plugins"))
    return create_app(config, found)
@pytest.mark.parametrize("width", ["phone","desk"], indirect=True)
def test_shot(browsing, port, shop, width, app):
    with shop.bound():
        print([ (r["name"],r["state"],r["reasons"]) for r in service.states()])
        for name in os.environ.get('ON','points').split(','):
            service.enable(name)
        db.session.execute(text("INSERT INTO plugin_failure (plugin,place,since,last_at,count,error,trace) VALUES ('points','hook:quote',now(),now(),3,'RuntimeError: boom','')"))
        for i,st in enumerate(['stuck','parked','stuck']):
            e=db.session.execute(text("INSERT INTO event (name,version,aggregate,payload,occurred_at) VALUES ('order.paid',1,'order:1','{\"number\":\"20261122000001\"}',now()) RETURNING id")).scalar()
            db.session.execute(text("INSERT INTO event_delivery (event_id,consumer,state,attempts,aggregate,due_at,last_error) VALUES (:e,'points',:s,8,'order:1',now(),'RuntimeError: 出错了')"),{"e":e,"s":st})
        db.session.commit()
        setup=os.environ.get('SETUP')
        if setup: exec(open(setup).read(), {"db":db,"shop":shop,"text":text,"app":app})
    page=browsing.new_page(); lines=[]
    page.on("console", lambda l: lines.append(l.type+': '+l.text)); page.on("pageerror", lambda e: lines.append(str(e)))
    desk=Desk(page, f"http://{shop.ref.slug}.localhost:{port}", shop); desk.log_in()
    for p in PATHS:
        lines.clear(); r=desk.go(p); page.wait_for_timeout(500)
        print('WIDE', page.evaluate("[...document.querySelectorAll('body *')].filter(e=>e.getBoundingClientRect().right>document.documentElement.clientWidth+1 && !e.closest('.table-scroll,.tabs')).slice(0,8).map(e=>e.tagName+'.'+e.className+' '+Math.round(e.getBoundingClientRect().right))"));name=p.strip('/').replace('/','_').replace('?','_')
        page.screenshot(path=f"/work/brief/shots/{name}-{width}.png", full_page=True)
        print('SHOT',r.status,p,width,desk.findings(),lines)
