"""What the launcher says to people: Chinese first, English with `JISHI_LANG=en`."""

from __future__ import annotations

import os

CATALOG = {
    "already_running": (
        "数据目录 {folder} 已有 Jishi 在运行(进程 {pid},{address});先停掉它,或用 --data-dir 另选目录。",
        "Jishi already runs on {folder} (process {pid}, {address}); stop it, or choose another --data-dir.",
    ),
    "still_stopping": (
        "数据目录 {folder} 的上一次服务还没有停完,等了 {seconds} 秒;请稍后再试。",
        "The servers of the last run on {folder} have not stopped within {seconds} s; try again later.",
    ),
    "waiting_for_last": (
        "上一次的服务正在停止,请稍候…",
        "The servers of the last run are stopping…",
    ),
    "never_started": (
        "数据目录 {path} 里还没有启动过服务;请先运行 jishi up。",
        "Nothing was ever started in {path}; run jishi up first.",
    ),
    "port_taken": (
        "端口 {port} 已被占用;用 PORT=8001 或 --port 8001 换一个。",
        "Port {port} is taken; choose another with PORT=8001 or --port 8001.",
    ),
    "no_binary": (
        "找不到可用的 {what};请安装 {wheel},或设置 {variable} 指向已有的服务。",
        "No usable {what} found; install {wheel}, or point {variable} at a server of yours.",
    ),
    "root_refused": (
        "以 root 身份无法启动 PostgreSQL(没有用户命名空间,nobody 也读不到程序或数据目录);"
        "请换普通用户运行,或设置 DATABASE_URL 指向已有的 PostgreSQL。",
        "PostgreSQL cannot be started as root here (no user namespaces, and nobody cannot reach its files); "
        "run as a normal user, or point DATABASE_URL at a PostgreSQL of yours.",
    ),
    "initdb_failed": ("PostgreSQL 初始化失败:\n{output}", "initdb failed:\n{output}"),
    "other_version": (
        "{folder} 由 PostgreSQL {made_by} 创建,而找到的是 {found};请装回原版本,或用 --data-dir 另选目录并从备份恢复。",
        "{folder} was made by PostgreSQL {made_by} and {found} was found; install the former, or restore elsewhere.",
    ),
    "foreign_folder": (
        "目录 {folder} 属于别的用户,不能用来放套接字。",
        "The folder {folder} belongs to somebody else and cannot hold a socket.",
    ),
    "not_ready": (
        "{name} 在 {seconds} 秒内没有就绪;最后的输出:\n{tail}",
        "{name} was not ready within {seconds} s; its last output:\n{tail}",
    ),
    "child_died": (
        "{name} 意外退出({reason}),{delay} 秒后重启",
        "{name} ended unexpectedly ({reason}), restarting in {delay} s",
    ),
    "killed_slow": (
        "{name} 在 {seconds} 秒内没有停下,已强行结束",
        "{name} did not stop within {seconds} s and was killed",
    ),
    "watcher_failed": (
        "监护线程意外结束,全部服务随之停止;详见终端上的错误。",
        "The watching thread failed and took everything with it; see the error above.",
    ),
    "by_signal": ("信号 {number}", "signal {number}"),
    "by_code": ("退出码 {number}", "exit code {number}"),
    "starting_servers": ("启动 PostgreSQL 和 Valkey", "Starting PostgreSQL and Valkey"),
    "preparing": ("准备数据库(角色、表结构、各商户升级)", "Preparing the database (roles, schemas, tenants)"),
    "demo": ("演示数据", "Demo data"),
    "starting_shop": ("启动网站、后台任务和时钟", "Starting web, worker and clock"),
    "ready": (
        "Jishi 集市已就绪,用时 {seconds:.1f} 秒。按 Ctrl-C 停止。",
        "Jishi is up after {seconds:.1f} s. Ctrl-C stops it.",
    ),
    "stopping": ("正在停止…(再按一次 Ctrl-C 立即结束)", "Stopping… (Ctrl-C again ends it at once)"),
    "stopped": ("已停止,数据保留在 {folder}", "Stopped; the data stays in {folder}"),
    "failed": ("启动失败:{error}(详见 {log})", "Could not start: {error} (more in {log})"),
    "migration_failed": ("有租户升级失败:{failure}", "A tenant could not be migrated: {failure}"),
    "what": ("入口", "What"),
    "address": ("地址", "Address"),
    "login": ("登录", "Login"),
    "logs": ("日志", "Logs"),
    "health": ("健康检查", "Health"),
    "simulator": ("微信模拟器", "WeChat simulator"),
    "bad_key": (
        "{path} 不是有效的主密钥(应为 32 字节的 base64);请从备份恢复,丢失它就无法解密商户密钥。",
        "{path} is no master key (32 bytes in base64); restore it: without it no tenant's keys can be read.",
    ),
}


def text(name: str, /, **values: object) -> str:
    """The message `name` with its values, in the language of `JISHI_LANG` (zh unless it starts with en)."""
    chinese, english = CATALOG[name]
    template = english if os.environ.get("JISHI_LANG", "zh").startswith("en") else chinese
    return template.format(**values)
