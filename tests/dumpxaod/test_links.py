"""Element links: keys against real ones, targets against a loop over events."""

import numpy as np
import pytest
from dumpxaod.errors import UserError
from dumpxaod.rootio.column import Column
from dumpxaod.xaod.links import container_key, follow
from hypothesis import given
from hypothesis import strategies as st

TRACKS_CLID = 1287425431  # xAOD::TrackParticleContainer's CLASS_DEF
KEY = container_key("BTagging_AntiKt4EMPFlow")


@pytest.mark.parametrize(
    ("name", "class_id", "key"),
    [
        ("BTagging_AntiKt4EMPFlow", 1264356158, 582299515),  # m_persKey in PHYSLITE
        ("BTagging_AntiKt4EMTopo", 1264356158, 120137269),  # m_persKey in release 21
        ("InDetTrackParticles", TRACKS_CLID, 490246363),  # GhostTrack's in PHYSLITE
    ],
)
def test_keys_are_those_in_real_files(name: str, class_id: int, key: int) -> None:
    assert container_key(name, class_id) == key


events = st.lists(
    st.integers(0, 4).flatmap(
        lambda size: st.tuples(
            st.just(size),
            st.lists(st.one_of(st.none(), st.integers(0, max(size - 1, 0))), max_size=5)
            if size
            else st.lists(st.none(), max_size=5),
        )
    ),
    max_size=6,
)


@given(events)
def test_targets_are_those_of_a_loop(events: list[tuple[int, list[int | None]]]) -> None:
    expected, start = [], 0
    for size, links in events:
        expected += [-1 if link is None else start + link for link in links]
        start += size
    flat = [link for _, links in events for link in links]
    keys = np.array([0 if link is None else KEY for link in flat], np.uint32)
    indices = np.array([link or 0 for link in flat], np.uint32)
    counts = np.array([len(links) for _, links in events], np.int64)
    sizes = np.array([size for size, _ in events], np.int64)
    assert follow(Column(counts, keys), indices, KEY, sizes).tolist() == expected


def test_an_index_past_the_end_of_its_event_is_refused() -> None:
    keys = Column(np.array([1, 2]), np.array([KEY, 0, KEY], np.uint32))
    with pytest.raises(UserError, match=r"^a link has index 2 into a container of 2$"):
        follow(keys, np.array([0, 0, 2], np.uint32), KEY, np.array([3, 2]))


def test_a_second_container_is_refused() -> None:
    keys = Column(np.array([2]), np.array([KEY, 7], np.uint32))
    with pytest.raises(UserError) as told:
        follow(keys, np.array([0, 0], np.uint32), KEY, np.array([3]))
    assert str(told.value) == (
        f"the links lead to several containers: one with key {KEY} that is not there and one with "
        "key 7 that is not there"
    )
