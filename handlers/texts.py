"""Every sentence the bot says: short, warm, exact; it never lectures and never blames.

Each saying of `rules.sayings` has exactly one sentence here (a test holds it). Mentions stand before the sentence and
are added by whoever sends it. Times are shown in the district's zone, `due` as people say them.
"""

from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from typing import Any

from rules import sayings as s
from rules.sayings import Saying

Sentence = Callable[[Any, tzinfo], str]


def voice(saying: Saying, zone: tzinfo) -> str:
    """Return the sentence for a saying. Raises `KeyError` for one without a sentence."""
    return SENTENCES[type(saying)](saying, zone)


def when(at: datetime, now: datetime, zone: tzinfo) -> str:
    """Say a time the way people do, seen from now: 今天 14:16, 明天 09:00, 5月20日 09:00."""
    there, here = at.astimezone(zone), now.astimezone(zone)
    days = (there.date() - here.date()).days
    day = {-1: "昨天", 0: "今天", 1: "明天", 2: "后天"}.get(days, f"{there.month}月{there.day}日")
    return f"{day} {there:%H:%M}"


def how_long(length: timedelta) -> str:
    """Say a length of time in its largest unit or two: 15 分钟, 2 小时 5 分钟, 3 天."""
    minutes = max(round(length.total_seconds() / 60), 1)
    if minutes < 60:
        return f"{minutes} 分钟"
    hours, rest = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} 小时{f' {rest} 分钟' if rest else ''}"
    days, hours = divmod(hours, 24)
    return f"{days} 天{f' {hours} 小时' if hours else ''}"


# What to do first where every minute counts; said once, with the acknowledgement.
FIRST_AID = {
    "fire": "有明火或浓烟请先撤离并拨 119。",
    "utility": "闻到燃气味请先关阀开窗，别开关电器，到室外再打电话。",
    "lift": "里面的人请按警铃、别扒门，救援马上联系。",
    "security": "有危险请先拨 110。",
    "disaster": "请先离开危险的地方，有人受伤请拨 120。",
}
FIRST_AID_ELSE = "请先保证自身安全，需要时拨 110、119 或 120。"


def _filed(f: s.Filed, zone: tzinfo) -> str:
    where = f"，{f.place}" if f.place else ""
    who = f"{f.holder}跟进" if f.holder else "正在安排人"
    if f.critical:
        first = FIRST_AID.get(f.case_type, FIRST_AID_ELSE)
        return f"已加急受理 {f.number}（{f.type_name}{where}）。{who}，已同时通知上一级。{first}"
    return f"已受理 {f.number}（{f.type_name}{where}）。{who}，{when(f.due, f.now, zone)}前办好或给您回话。"


def _joined(f: s.Joined, _: tzinfo) -> str:
    who = f"{f.holder}在办" if f.holder else "已经受理"
    return f"这件事{who}：{f.number}（{f.type_name}），您说的也记上了，已有 {f.mouths} 位邻居反映。有结果一并告诉您。"


def _claimed(f: s.Claimed, zone: tzinfo) -> str:
    due = f"，{when(f.due, f.now, zone)}前给回话" if f.due > f.now else ""
    return f"{f.number}（{f.type_name}）{f.holder}接单了{due}。"


def _answered(f: s.Answered, zone: tzinfo) -> str:
    done = f.outcome.strip().rstrip("。.!！") or "已处理完"
    return (
        f"您{when(f.reported_at, f.now, zone)}说的「{f.words}」有结果了：{done}。用时 {how_long(f.took)}，"
        f"工单 {f.number}。满意回 1，不满意回 2。"
    )


def _reopened(f: s.Reopened, _: tzinfo) -> str:
    who = f"仍由{f.holder}负责" if f.holder else "马上安排人"
    if f.by_resident:
        return f"没办好，对不住。{f.number} 重新办理，{who}，也告诉了上一级。"
    return f"{f.number} 重新办理，{who}。"


def _progress(f: s.Progress, zone: tzinfo) -> str:
    if f.hold_until:
        day = when(f.hold_until, f.now, zone).split(" ")[0]
        return f"{f.number}（{f.type_name}）还要等一等，{day}接着办{f'，{f.holder}负责' if f.holder else ''}。"
    who = f"，{f.holder}在办" if f.holder else ""
    due = f"，{when(f.due, f.now, zone)}前给回话" if f.due and f.due > f.now else ""
    late = "，已过约定时间，我再催一下" if f.due and f.due <= f.now else ""
    return f"{f.number}（{f.type_name}）现在是{f.state_name}{who}{due}{late}。"


def _dispatched(f: s.Dispatched, zone: tzinfo) -> str:
    head = "待接工单" if f.again else "新工单"
    where = f" {f.place}" if f.place and f.place not in f.words else ""
    return (
        f"【{head}】{f.number} {f.type_name} · {f.urgency_name}\n{f.node}{where}\n「{f.words}」\n"
        f"{when(f.due, f.now, zone)}前办好。能去的回「接单 {f.number}」，第一位有效。"
    )


def _went_back(f: s.WentBack, _: tzinfo) -> str:
    who = f"，经办 {f.holder}" if f.holder else ""
    words = f"：「{f.words}」" if len(f.words) > 1 else ""
    return f"{f.number}（{f.type_name}，{f.node}{who}）居民说没办好{words}。这是第 {f.times} 次重办。"


def _card(f: s.TicketCard, zone: tzinfo) -> str:
    lines = [f"{f.number} {f.type_name} · {f.urgency_name} · {f.state_name}"]
    lines.append(f"{f.node}{f' {f.place}' if f.place else ''}，{f.mouths} 人反映")
    lines.append(f"「{f.words}」")
    if f.evidence:
        lines.append(f"依据：{'、'.join(f.evidence)}")
    if f.holder:
        lines.append(f"经办：{f.holder}")
    if f.due:
        lines.append(f"期限：{when(f.due, f.now, zone)}{'（已超时）' if f.due < f.now else ''}")
    if f.outcome:
        lines.append(f"结果：{f.outcome}")
    lines += [f"{when(at, f.now, zone)} {line}" for at, line in f.lines[-8:]]
    return "\n".join(lines)


def _line(f: s.TicketLine, zone: tzinfo) -> str:
    who = f" {f.holder}" if f.holder else ""
    due = f" {when(f.due, f.now, zone)}前" if f.due else ""
    return f"{f.number} {f.type_name} {f.node} {f.state_name}{who}{due}{'（已超时）' if f.overdue else ''}"


def _list(f: s.TicketList, zone: tzinfo) -> str:
    if not f.lines:
        return "您管的范围里现在没有在办的工单。"
    more = f"\n还有 {f.more} 件，写「查询 编号」看单件。" if f.more else ""
    return "\n".join(_line(line, zone) for line in f.lines) + more


def _rooms(rooms: int, some: tuple[str, ...]) -> str:
    names = "、".join(some)
    return f"{rooms} 个群（{names}{'等' if rooms > len(some) else ''}）"


def _preview(f: s.NoticePreview, _: tzinfo) -> str:
    parts = f"，另附 {f.parts} 个图片或文件" if f.parts else ""
    masked = f"\n里面有 {f.masked} 处手机号、身份证号或银行卡号，发出时会打码。" if f.masked else ""
    return (
        f"将发到 {_rooms(f.rooms, f.some)}{parts}，约 {f.minutes} 分钟发完：\n————\n{f.text or '（只有图片或文件）'}\n————"
        f"{masked}\n回「确认」发出，回「取消」作废；要改内容直接重发正文。"
    )


def _result(f: s.NoticeResult, _: tzinfo) -> str:
    parts = [f"通知 {f.notice_id}：共 {f.rooms} 个群，已发到 {f.sent} 个"]
    if f.waiting:
        parts.append(f"待发 {f.waiting} 个")
    if f.cancelled:
        parts.append(f"已撤下 {f.cancelled} 个")
    head = "，".join(parts) + "。"
    if not f.troubles:
        return head
    names = {"failed": "没发成", "unconfirmed": "不确定是否送达"}
    lines = [f"· {room}：{names.get(state, state)}（{reason}）" for room, state, reason in f.troubles[:20]]
    more = f"\n……还有 {len(f.troubles) - 20} 个" if len(f.troubles) > 20 else ""
    unsure = any(state == "unconfirmed" for _, state, _ in f.troubles)
    hint = f"\n没发成的可回「补发 {f.notice_id}」。" if any(st == "failed" for _, st, _ in f.troubles) else ""
    hint += (
        f"不确定的请先到群里看一眼：没有就回「重发 {f.notice_id}」，有就回「已到 {f.notice_id}」。" if unsure else ""
    )
    return head + "\n" + "\n".join(lines) + more + hint


def _which(f: s.WhichTicket, _: tzinfo) -> str:
    choices = "；".join(f"{number} {what}" for number, what in f.choices[:5])
    return (
        f"这里有 {len(f.choices)} 件可以{f.verb_name}：{choices}。请带上编号，比如「{f.verb_name} {f.choices[0][0]}」。"
    )


def _done(f: s.Done, _: tzinfo) -> str:
    return f"{f.number} {f.verb_name}，{f.detail}。" if f.detail else f"{f.number} {f.verb_name}，记下了。"


def _by_hand(f: s.ByHand, _: tzinfo) -> str:
    if f.item is None:
        return "现在没有要贴的。"
    file = f"\n（附件：{f.file}）" if f.file else ""
    more = f"后面还有 {f.left} 条。" if f.left else ""
    return f"请贴到「{f.place or '没有名字的群'}」，贴好回「已贴 {f.item}」。{more}\n————\n{f.text}{file}"


SENTENCES: dict[type[Saying], Sentence] = {
    # to residents
    s.Filed: _filed,
    s.Joined: _joined,
    s.PlaceAsked: lambda f, _: f"{f.number} 还差个地方：在哪栋楼或哪个路口？回一句就行。",
    s.PlaceNoted: lambda f, _: f"记下了，{f.number} 在{f.place}。",
    s.Claimed: _claimed,
    s.Answered: _answered,
    s.RatedWell: lambda f, _: f"谢谢您告诉我们，{f.number} 结案。",
    s.Reopened: _reopened,
    s.OnHold: lambda f, z: f"{f.number} 要等一等：{f.reason}。预计{when(f.until, f.now, z).split(' ')[0]}接着办，到时告诉大家。",
    s.Rejected: lambda f, _: f"{f.number} 这边办不了：{f.reason}。",
    s.Progress: _progress,
    s.SayItInTheRoom: lambda _f, _: "您好，我是社区的回音。请在您楼栋的群里说一声，我好知道是哪里，也好让负责的人看到。",
    s.NotYours: lambda _f, _: "这个要楼栋或网格的负责人来操作。您有什么事直接说，我来记。",
    # to staff
    s.CandidateAsked: lambda f, _: (
        f"{f.room}有人说「{f.words}」，像是{f.type_name}。要受理吗？回「是 {f.number}」或「否 {f.number}」，类型不对就写「改类 {f.number} 类型」。"
    ),
    s.Dispatched: _dispatched,
    s.YoursNow: lambda f, z: f"{f.number} 由{f.holder}办理，{when(f.due, f.now, z)}前。办好回「办结 {f.number} 怎么办的」，可带照片。",
    s.ClaimOffered: lambda f, _: f"{f.number}（{f.type_name}）要记在您名下吗？回「是」就接单。",
    s.VerifyAsked: lambda f, _: (
        f"{f.number}（{f.type_name}）{f.holder}已办结：{f.outcome or '（没写怎么办的）'}。请核查：回「核查 {f.number}」通过，或「退回 {f.number} 原因」。"
    ),
    s.Done: _done,
    s.PassedToYou: lambda f, z: (
        f"{f.by}把 {f.number}（{f.type_name}，{f.node}）转给您：「{f.words}」。{when(f.due, f.now, z)}前办好。"
        f"接下请回「接单 {f.number}」，不归您管就回「退单 {f.number} 原因」。"
    ),
    s.SentBack: lambda f, _: f"{f.number} 请再看一下：{f.reason}。弄好了再回「办结 {f.number} 怎么办的」。",
    s.Resumed: lambda f, _: f"{f.number}（{f.type_name}）接着办了{f'，{f.holder}负责' if f.holder else ''}。",
    s.WentBack: _went_back,
    s.TicketCard: _card,
    s.TicketLine: _line,
    s.TicketList: _list,
    s.Bound: lambda f, _: (
        f"大家好，我是回音，{f.node}的{f.kind_name}助手。楼里有什么事直接在群里说，我会记成工单、请人来办、把结果带回来。"
        "我只保留办事需要的内容，到期删除；不想被记录的请告诉网格员。"
    ),
    s.HowTo: lambda _f, _: (
        "可以这样写：\n接单、办结 编号 怎么办的、退单 编号 原因、转派 编号 给谁、挂起 编号 原因 到哪天、恢复、重办、核查、"
        "不是诉求、改类 编号 类型、并入 编号 编号、查询 [编号]\n私聊发通知：通知 范围（换行写正文），看过预览回「确认」。"
    ),
    s.WasDisconnected: lambda f, z: (
        f"{when(f.since, f.now, z)}到{when(f.until, f.now, z)}微信掉线，这段时间群里说的话我没听到，请您翻看一下，有事在群里再说一遍。"
    ),
    # notices
    s.NoticeText: lambda f, _: f.text,
    s.NoticeBegun: lambda f, _: f"将发到 {_rooms(f.rooms, f.some)}。请把正文发来，可以带图片或文件。",
    s.NoticePreview: _preview,
    s.NoticeSending: lambda f, _: f"通知 {f.notice_id} 开始发往 {f.rooms} 个群，约 {f.minutes} 分钟。要停就回「停止 {f.notice_id}」。",
    s.NoticeResult: _result,
    s.NoticeStopped: lambda f, _: f"通知 {f.notice_id} 停了：已发到 {f.sent} 个群，撤下 {f.taken_back} 条还没发的。",
    s.NoticeCancelled: lambda _f, _: "好，这条通知作废了，什么都没发。",
    s.NoticeResent: lambda f, _: f"通知 {f.notice_id} 补发 {f.rooms} 条，发完告诉您。" if f.rooms else f"通知 {f.notice_id} 没有要补发的。",
    # by hand
    s.ByHand: _by_hand,
    s.TickedOff: lambda f, _: f"{f.item} 勾掉了，还剩 {f.left} 条。" if f.left else f"{f.item} 勾掉了，都贴完了。",
    # refusals
    s.CantStep: lambda f, _: f"{f.number} 现在是「{f.state_name}」，这一步做不了。",
    s.TakenBy: lambda f, _: f"{f.number} {f.holder}已经接了，谢谢。",
    s.CantReopen: lambda f, _: f"{f.number} 结案已超过 {f.days} 天。请在群里重新说一次，我另立一件。",
    s.NoSuchTicket: lambda f, _: f"在您管的范围里没找到 {f.number}，请看看编号对不对。",
    s.NoTicketMeant: lambda f, _: f"这里现在没有可以{f.verb_name}的工单。",
    s.WhichTicket: _which,
    s.NeedsReason: lambda f, _: f"{f.verb_name}要写一句原因，比如「{f.verb_name} 编号 原因」。",
    s.NeedsDate: lambda _f, _: "挂起要写到哪天，比如「挂起 编号 等配件 周五」。",
    s.NeedsTwo: lambda _f, _: "并案要两个编号：写「并入 编号 留下的编号」。",
    s.NoSuchType: lambda f, _: f"没有「{f.words}」这个类型。可以写：{'、'.join(f.names)}。",
    s.NoSuchNode: lambda f, _: f"在您管的范围里没找到「{f.words}」。",
    s.WhichNode: lambda f, _: f"「{f.words}」不止一处：{'、'.join(f'{name}（{code}）' for name, code in f.choices)}。请写编码。",
    s.NobodyThere: lambda f, _: f"没找到可以转给的「{f.words}」。可以写 物业、社区民警、网格员、社区干部，或负责人的名字。",
    s.NotPermitted: lambda _f, _: "这一步不在您负责的范围里。",
    s.OwnWork: lambda f, _: f"{f.number} 是您自己办的，核查要请另一位同事。",
    s.NoAudience: lambda _f, _: "请写上发给哪里，比如「通知 全部」或「通知 一网格 除 3栋」，换行写正文。",
    s.NoRooms: lambda _f, _: "这个范围里还没有绑定的群，发不出去。",
    s.NoDraft: lambda _f, _: "现在没有等您确认的通知。写「通知 范围」开始一条。",
    s.NoticeIsEmpty: lambda _f, _: "通知还没有正文或图片，请先发来。",
    s.NoticeMoved: lambda f, _: f"通知 {f.notice_id} 已经发完或停下了，回「通知结果 {f.notice_id}」看看。",
    s.NoSuchNotice: lambda f, _: f"您没有编号为 {f.notice_id} 的通知。",
    s.NoSuchItem: lambda f, _: f"没有等着贴的 {f.item} 号。",
}  # fmt: skip
