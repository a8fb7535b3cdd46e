"""Invented letters for the tests of learning: three labels, each with words of its own among words of all."""

import random
from pathlib import Path

from nlp.learning.data import Example

WORDS = {
    "道路": ("路灯不亮", "井盖松动", "坑洼积水", "公交改线", "护栏倒了", "红绿灯坏"),
    "学校": ("老师补课", "招生划片", "食堂饭菜", "校车超载", "学费太高", "操场跑道"),
    "医院": ("挂号排队", "医生态度", "药价太贵", "疫苗没有", "护士打针", "病房拥挤"),
}
FILLING = ("您好领导", "请问一下", "已经很久", "希望解决", "我们这里", "谢谢您了", "反映多次", "无人处理")
CHATTER = ("哈哈今天天气真好", "谁家有葱借一根", "晚上跳舞去不去", "早上好啊各位", "孩子睡了没有呀", "团购鸡蛋接龙")


def invented(rows: int, seed: int = 0, *, segmented: bool = False) -> list[Example]:
    chance = random.Random(seed)  # noqa: S311 - invented letters, no secrets
    examples = []
    for row in range(rows):
        label = list(WORDS)[row % len(WORDS)]
        words = [*chance.sample(WORDS[label], 2), *chance.sample(FILLING, 3)]
        chance.shuffle(words)
        examples.append(Example(label, " ".join(words) if segmented else "，".join(words) + "。"))
    return examples


def write_tsv(path: Path, examples: list[Example], header: str = "label\ttext") -> Path:
    path.write_text("\n".join([header, *(f"{one.label}\t{one.text}" for one in examples)]) + "\n", "utf-8")
    return path
