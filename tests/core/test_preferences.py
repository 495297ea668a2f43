"""What screens remember, for each user and each key."""

from __future__ import annotations

import threading

from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.identity.preferences import recall, remember
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.store import Store


def test_the_newest_value_stands_for_its_user_and_key_alone(
    any_store: Store, reviewer: Actor, lead: Actor
) -> None:
    assert recall(any_store, reviewer, "runs.filters") == {}
    assert remember(any_store, reviewer, "runs.filters", {"status": ["failed"]}).ok
    assert remember(any_store, reviewer, "runs.filters", {"media": "m1"}).ok
    assert remember(any_store, lead, "runs.filters", {"media": "m2"}).ok
    assert remember(any_store, reviewer, "review.view", {"zoom": 4}).ok
    assert recall(any_store, reviewer, "runs.filters") == {"media": "m1"}
    assert recall(any_store, lead, "runs.filters") == {"media": "m2"}
    assert recall(any_store, reviewer, "review.view") == {"zoom": 4}


def test_two_at_once_both_succeed_and_one_stays(any_store: Store, reviewer: Actor) -> None:
    start = threading.Barrier(4)
    codes: list[Code] = []

    def note(number: int) -> None:
        start.wait()
        codes.append(remember(any_store, reviewer, "k", {"n": number}).code)

    threads = [threading.Thread(target=note, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [Code.OK] * 4
    assert recall(any_store, reviewer, "k")["n"] in range(4)


def test_what_is_recalled_is_the_callers_own(store: Store, reviewer: Actor) -> None:
    remember(store, reviewer, "k", {"a": 1})
    recall(store, reviewer, "k")["a"] = 2
    assert recall(store, reviewer, "k") == {"a": 1}


def test_a_store_that_takes_nothing_says_so(store: Store, reviewer: Actor) -> None:
    store.close()
    path = store.home / "prelabel.db"
    path.unlink()
    path.mkdir()
    assert not remember(store, reviewer, "k", {}).ok
