import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.numbers import find_numbers, format_number
from rules.privacy import count_private, mask
from rules.text import short

SPELLINGS = [
    "13812345678", "138 1234 5678", "138-1234-5678", "138.1234.5678", "138－1234－5678", "138·1234·5678",
    "+8613812345678", "+86 138 1234 5678", "86-138-1234-5678", "１３８１２３４５６７８", "138　1234　5678",
    "138 123 45678", "138 12 34 56 78", "电话13812345678，", "微信同号13812345678谢谢",
]  # fmt: skip


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_mobile_number_is_masked_however_it_is_written(spelling: str) -> None:
    masked = mask(f"找我 {spelling} 就行")
    digits = "".join(str(int(c)) for c in masked if c.isdigit())
    assert "1234" not in digits
    assert "****" in masked
    assert count_private(spelling) == 1
    assert count_private(masked) == 0


@pytest.mark.parametrize(
    "number", ["330106199001011234", "33010619900101123X", "330106 19900101 1234", "11010520001231002x"]
)
def test_an_identity_number_is_masked(number: str) -> None:
    masked = mask(f"身份证{number}，")
    assert "19900101" not in masked.replace(" ", "")
    assert "1990" not in masked
    assert "20001231" not in masked
    assert count_private(number) == 1


@pytest.mark.parametrize(
    "number", ["6222020200112233445", "6222 0202 0011 2233 445", "4111111111111111", "4111-1111-1111-1111"]
)
def test_a_bank_card_is_masked(number: str) -> None:
    kept = "".join(c for c in number if c.isdigit())
    if not _valid(kept):
        number = _with_check_digit(kept)
    masked = mask(f"卡号 {number}")
    assert " **** " in masked
    assert count_private(number) == 1


@pytest.mark.parametrize(
    "text",
    [
        "0511-001 明天 14:16前", "今天 12:16 到 13:58", "2026-05-11 12:16", "3栋2单元1201室",
        "12345热线", "订单 100000000000001",
        "05月11日 2026年", "0571-88881234", "编号 0511-001、0511-002、0511-1003",
        "用时 1 小时 11 分钟", "9-2-1201",
    ],
)  # fmt: skip
def test_ticket_numbers_times_and_places_stay(text: str) -> None:
    assert mask(text) == text
    assert count_private(text) == 0


@given(st.text())
def test_masking_twice_changes_nothing_more_and_never_fails(text: str) -> None:
    assert mask(mask(text)) == mask(text)


@given(st.text(alphabet="0123456789 -.·－xX１３８", max_size=60))
def test_what_is_masked_holds_nothing_private(text: str) -> None:
    assert count_private(mask(text)) == 0


@given(st.integers(1, 12), st.integers(1, 28), st.integers(1, 9999))
def test_a_ticket_number_is_never_taken_for_a_private_one(month: int, day: int, serial: int) -> None:
    number = format_number(f"{month:02d}{day:02d}", serial)
    assert mask(f"办结 {number} 好了") == f"办结 {number} 好了"
    assert find_numbers(f"办结{number}好了") == [number]


@pytest.mark.parametrize("text", ["139-8765-4321", "138-0511-0012", "2026-0511-001", "0571-8888-1234", "9987-001"])
def test_phones_and_dates_are_no_ticket_numbers(text: str) -> None:
    assert find_numbers(text) == []


@given(st.integers(0, 60), st.integers(12, 40))
def test_cutting_a_text_never_leaves_half_a_phone_number(before: int, length: int) -> None:
    cut = short("很" * before + "13812345678" + "长" * 40, length)
    assert "12345" not in cut


def _with_check_digit(number: str) -> str:
    return next(number[:-1] + digit for digit in "0123456789" if _valid(number[:-1] + digit))


def _valid(number: str) -> bool:
    total = 0
    for place, character in enumerate(reversed(number)):
        doubled = int(character) * (2 if place % 2 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0
