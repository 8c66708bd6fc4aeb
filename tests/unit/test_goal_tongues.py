"""Goals in Chinese, Korean, Arabic, Persian and Turkish, and digits of other scripts."""

from __future__ import annotations

import pytest

from agent.planner.rules import plan_by_rules
from domain.plans import Plan
from domain.requests import GoalRequest


def plan_of(goal: str) -> Plan:
    return plan_by_rules(GoalRequest(goal=goal))


@pytest.mark.parametrize(
    ("goal", "language", "thing", "place", "count", "fields"),
    [
        ("北京的30家餐厅", "zh", "餐厅", "北京", 30, {"cuisine", "phone"}),
        ("在纽约的牙医，电话和地址", "zh", "牙医", "纽约", None, {"name", "phone", "address"}),
        ("帮我找上海酒店", "zh", "酒店", "上海", None, {"rating", "price"}),
        ("서울의 카페 30개", "ko", "카페", "서울", 30, {"cuisine", "phone"}),
        ("뉴욕의 치과 전화번호와 주소", "ko", "치과", "뉴욕", None, {"name", "phone", "address"}),
        ("서울 강남에 있는 비건 식당 20곳 찾아줘", "ko", "비건 식당", "서울 강남", 20, {"cuisine"}),
        ("٣٠ مطعم في لندن", "ar", "مطعم", "لندن", 30, {"cuisine"}),
        ("أطباء أسنان في دبي مع رقم الهاتف والعنوان", "ar", "أطباء أسنان", "دبي", None, {"name", "phone", "address"}),
        ("۳۰ هتل در تهران با شماره تلفن", "fa", "هتل", "تهران", 30, {"name", "phone"}),
        ("İstanbul'daki restoranlar", "tr", "restoranlar", "İstanbul", None, {"cuisine"}),
        ("Ankara'da 30 diş hekimi telefon ve adres", "tr", "diş hekimi", "Ankara", 30, {"name", "phone", "address"}),
        ("３０ dentists in London", "en", "dentist", "London", 30, {"phone"}),
    ],
)
def test_a_goal_is_read_in_its_own_language(goal, language, thing, place, count, fields):
    plan = plan_of(goal)
    assert (plan.language, plan.entity, plan.location, plan.count) == (language, thing, place, count)
    assert fields <= {field.name for field in plan.fields}
    # A place is checked where the goal asks for addresses, or names no fields.
    is_checked = "address" in {field.name for field in plan.fields}
    assert [each.formal for each in plan.conditions] == ([f"address in {place}"] if is_checked else [])
    assert not any("not understood" in note for note in plan.notes)


@pytest.mark.parametrize(
    ("goal", "condition"),
    [
        ("10款低于5000元的笔记本电脑", "price < 5000 CNY"),
        ("推荐评分4星以上的咖啡馆", "rating >= 4"),
        ("2020年以后的科幻电影", "year >= 2020"),
        ("10만원 이하 노트북", "price <= 100000 KRW"),
        ("평점 4.5점 이상 호텔", "rating >= 4.5"),
        ("فنادق بأقل من 100 دولار", "price < 100 USD"),
        ("1.000 TL altında laptoplar", "price < 1000 TRY"),
        ("en az 4 yıldızlı oteller", "rating >= 4"),
    ],
)
def test_what_a_goal_demands_is_a_condition_in_any_language(goal, condition):
    assert [each.formal for each in plan_of(goal).conditions] == [condition]


@pytest.mark.parametrize(
    ("goal", "query"),
    [
        ("在纽约的牙医，电话和地址", "牙医 纽约 电话 地址"),
        ("서울의 카페 30개", "서울 카페 추천"),
        ("İstanbul'daki restoranlar", "İstanbul restoranlar listesi"),
        ("فنادق في باريس", "دليل فنادق باريس"),
    ],
)
def test_queries_are_written_in_the_language_of_the_goal(goal, query):
    assert query in plan_of(goal).queries


@pytest.mark.parametrize(
    ("goal", "untold"),
    [
        ("周日营业的北京餐厅", "not checked: '周日营业'"),
        ("شقق بأقل من 5000 ريال", "not checked: 'بأقل من 5000 ريال'"),
        ("서울 근처 카페", "not checked: 'near 서울'"),
    ],
)
def test_what_no_rule_can_check_is_told(goal, untold):
    assert untold in plan_of(goal).notes


@pytest.mark.parametrize("goal", ["ev chargers in Leeds", "tarif postal", "roman catholic churches in Leeds"])
def test_a_word_of_another_language_is_no_thing_of_this_one(goal):
    assert plan_of(goal).language in {"en", "fr"}
    assert not {"bedrooms", "ingredients"} & {field.name for field in plan_of(goal).fields}


@pytest.mark.parametrize(
    ("goal", "thing", "place"),
    [
        ("便宜的酒店", "酒店", ""),
        ("免费的活动", "活动", ""),
        ("一个月内的音乐会", "音乐会", ""),
        ("在售的房子", "房子", ""),
        ("全国的大学", "大学", ""),
        ("北京最好的餐厅", "餐厅", "北京"),
        ("浙江的工厂", "工厂", "浙江"),
        ("北京朝阳区的酒店", "酒店", "北京朝阳区"),
        ("老城附近的餐厅", "餐厅", "老城"),
        ("列出2023年出版的科幻小说", "科幻小说", ""),
    ],
)
def test_what_a_thing_is_like_is_no_place_of_it(goal, thing, place):
    plan = plan_of(goal)
    assert (plan.entity, plan.location) == (thing, place)
    assert not any(each.field in {"address", "location"} and not place for each in plan.conditions)


@pytest.mark.parametrize(
    ("goal", "count"), [("十二家酒店", 12), ("二十五家餐厅", 25), ("三百本书", 300), ("30家餐厅", 30)]
)
def test_a_count_is_read_in_chinese_numerals(goal, count):
    assert plan_of(goal).count == count
    assert not any(each in plan_of(goal).entity for each in "家本")


@pytest.mark.parametrize(
    ("goal", "thing", "place", "count"),
    [
        ("東京のラーメン店 30件", "ラーメン店", "東京", 30),
        ("東京のラーメン店30件", "ラーメン店", "東京", 30),
        ("東京のラーメン店を３０件教えて", "ラーメン店", "東京", 30),
        ("30件の東京のラーメン店", "ラーメン店", "東京", 30),
        ("東京 ラーメン", "ラーメン", "東京", None),
        ("東京 ラーメン 20軒", "ラーメン", "東京", 20),
        ("ラーメン 大阪市", "ラーメン", "大阪市", None),
        ("渋谷区 カフェ 電話番号", "カフェ", "渋谷区", None),
        ("東京のカフェ", "カフェ", "東京", None),
    ],
)
def test_a_japanese_count_and_a_place_beside_its_thing_are_read(goal, thing, place, count):
    plan = plan_of(goal)
    assert (plan.language, plan.entity, plan.location, plan.count) == ("ja", thing, place, count)
    assert not any("not checked" in note or "not understood" in note for note in plan.notes)


def test_a_number_of_reviews_is_no_count_of_what_is_wanted():
    assert plan_of("レビュー100件以上のレストラン").count is None
    assert plan_of("東京のレストラン 口コミ 100件以上").count is None


@pytest.mark.parametrize(
    ("goal", "thing", "count"),
    [
        ("en iyi 10 laptop", "laptop", 10),
        ("En iyi 10 laptop listesi", "laptop", 10),
        ("en ucuz 20 kitap", "kitap", 20),
    ],
)
def test_turkish_in_plain_letters_is_turkish(goal, thing, count):
    plan = plan_of(goal)
    assert (plan.language, plan.entity, plan.count) == ("tr", thing, count)


def test_a_turkish_limit_in_plain_letters_is_a_condition():
    plan = plan_of("500 dolar altinda laptop")
    assert (plan.language, [each.formal for each in plan.conditions]) == ("tr", ["price < 500 USD"])


def test_what_looks_like_turkish_in_another_language_is_left():
    assert plan_of("iyi restaurants en Madrid").language != "tr"
