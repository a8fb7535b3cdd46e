"""What became of a message when the gateway answers a send with an error."""

import re
from typing import Final

from grpclib.const import Status
from grpclib.exceptions import GRPCError

from rules.errors import Disconnected, GatewayError, Refused, Throttled, Unconfirmed

# What puppets say, in their own words: there are no codes for it. 20001 is the WeCom puppet's number for its limit.
_THROTTLED: Final = re.compile(r"频繁|限流|too (?:many|frequent)|rate.?limit|throttl|\b20001\b", re.IGNORECASE)
_LOGGED_OUT: Final = re.compile(r"not logged ?in|not login|logged out|未登录|已退出登录", re.IGNORECASE)
_REFUSED: Final = re.compile(
    r"not (?:in|a member of) (?:this|the) room|removed|kicked|dissolved|not a friend|blocked|forbidden|not found|"
    r"no payload|not exist|unsupported|not supported|larger than max|违规|敏感|拉黑|解散|移出|不在群|不存在|不是好友",
    re.IGNORECASE,
)
_REFUSING: Final = frozenset(
    {
        Status.INVALID_ARGUMENT,
        Status.NOT_FOUND,
        Status.PERMISSION_DENIED,
        Status.FAILED_PRECONDITION,
        Status.OUT_OF_RANGE,
        Status.UNIMPLEMENTED,
    }
)


def send_failure(error: GRPCError) -> GatewayError:
    """The meaning of a gateway's error; whatever isn't known to mean "not sent" is `Unconfirmed`."""
    said = (error.message or "").partition("\n")[0]  # puppets put their stack trace behind it
    if error.status is Status.UNAUTHENTICATED:
        return Disconnected("the gateway refuses our token")
    if _LOGGED_OUT.search(said):
        return Disconnected("the account isn't logged in")
    if _THROTTLED.search(said):
        return Throttled("WeChat says that we act too often")
    if error.status in _REFUSING or _REFUSED.search(said):
        return Refused(said[:200] or error.status.name)
    return Unconfirmed(f"the gateway answered {error.status.name}, which doesn't tell whether it was sent")
