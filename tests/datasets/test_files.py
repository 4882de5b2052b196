"""Files that are absent, unreadable, altered or fetched: one sentence each, and nothing altered is kept."""

from __future__ import annotations

import hashlib
import io
import re
from urllib.error import URLError

import pytest

from fairloss.content import content_folder
from fairloss.datasets import card, load
from fairloss.datasets.files import cache_folder, fetch_files
from fairloss.errors import InputError

RICCI = "rownames,Race,Position,Oral,Written,Combine\n1,W,Captain,80,60,68\n2,B,Captain,80,70,74\n"


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("FAIRLOSS_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def described():
    """Give a card whose one file is the small table above, with its true checksum."""
    real = card("ricci")
    genuine = real.files["Ricci.csv"].model_copy(update={"sha256": hashlib.sha256(RICCI.encode()).hexdigest()})
    return real.model_copy(update={"files": {"Ricci.csv": genuine}})


def test_absent_without_a_path_says_how_to_obtain_it():
    says = f"Give the folder that holds them, as path= or --data. {card('oulad').obtain}"
    with pytest.raises(InputError, match=re.escape(says)):
        load("oulad")


def test_path_that_does_not_exist(tmp_path):
    with pytest.raises(InputError, match=r"nowhere.* does not exist\. Check the path\."):
        load("ricci", tmp_path / "nowhere")


def test_folder_without_the_file_names_it(tmp_path):
    (tmp_path / "adult.data").write_text("x")
    with pytest.raises(InputError, match=r"adult needs adult\.test, absent from"):
        load("adult", tmp_path)


def test_one_file_for_a_table_of_two(tmp_path):
    (tmp_path / "adult.data").write_text("x")
    with pytest.raises(InputError, match=r"adult needs adult.data and adult.test; .* is one file"):
        load("adult", tmp_path / "adult.data")


def test_checksum_that_differs_names_file_expected_and_found(tmp_path):
    path = tmp_path / "Ricci.csv"
    path.write_text(RICCI)
    expected, got = card("ricci").files["Ricci.csv"].sha256, hashlib.sha256(RICCI.encode()).hexdigest()
    with pytest.raises(InputError, match=rf"Ricci\.csv.*SHA-256 should be {expected}, but is {got}.*verify=False"):
        load("ricci", tmp_path)
    for place in (tmp_path, path, str(path)):
        data = load("ricci", place, verify=False)
        assert data.label.tolist() == [0, 1]
        assert data.checksums == {"Ricci.csv": got}


def test_altered_byte_in_a_copy_of_the_real_file_is_found(tmp_path, real_data):
    genuine = (real_data("ricci") / "Ricci.csv").read_text()
    (tmp_path / "Ricci.csv").write_text(genuine.replace("89.52", "89.53", 1))
    with pytest.raises(InputError, match=r"is not the Ricci\.csv that the card of ricci describes"):
        load("ricci", tmp_path)


def test_unreadable_file(tmp_path, monkeypatch):
    path = tmp_path / "Ricci.csv"
    path.write_text(RICCI)

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "open", refuse)
    with pytest.raises(InputError, match=r"The file 'Ricci\.csv' in .* cannot be read: Permission denied"):
        load("ricci", tmp_path)


@pytest.mark.parametrize("path", ["a\nb", "quote'\"", "🙂", "../../etc", "x" * 300])
def test_hostile_paths_stay_on_one_line(path):
    with pytest.raises(InputError) as caught:
        load("ricci", path)
    assert "\n" not in str(caught.value)


def test_fetch_saves_verifies_and_does_not_ask_twice(described):
    asked = []

    def serve(url, timeout):
        asked.append((url, timeout > 0))
        return io.BytesIO(RICCI.encode())

    for _ in range(2):
        (path,) = fetch_files(described, described.tables["ricci"], open_url=serve)
        assert path == cache_folder() / "ricci" / "Ricci.csv"
        assert path.read_text() == RICCI
    assert asked == [(described.files["Ricci.csv"].url, True)]
    assert load("ricci", verify=False).frame.shape[0] == 2


def test_fetch_keeps_nothing_that_differs_from_the_card(described, tmp_path):
    with pytest.raises(InputError, match="serves is not the file that the card describes"):
        fetch_files(described, described.tables["ricci"], tmp_path / "new", open_url=lambda *_, **__: io.BytesIO(b"no"))
    assert list((tmp_path / "new").iterdir()) == []


def test_fetch_without_a_network_is_one_sentence(described):
    def fail(*_, **__):
        raise URLError("no route to host")

    with pytest.raises(InputError, match=r"https://.* could not be saved as .*no route to host.*Try again"):
        fetch_files(described, described.tables["ricci"], open_url=fail)


def test_fetch_into_an_unwritable_place_is_one_sentence(described, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="could not be saved"):
        fetch_files(described, described.tables["ricci"], tmp_path / "file" / "folder", open_url=None)


def test_fetch_of_a_set_without_a_public_address_says_how_to_obtain_it():
    with pytest.raises(InputError, match=r"oulad cannot be fetched: studentInfo\.csv has no direct public address"):
        load("oulad", fetch=True)


def test_addresses_are_https_and_local_only_where_shipped():
    for name in ("hiring_funnel", "loan_book"):
        record = card(name).files["sample.csv"]
        assert record.url is None
        assert (
            hashlib.sha256((content_folder("datasets") / name / "sample.csv").read_bytes()).hexdigest() == record.sha256
        )


def test_cache_is_in_the_home_folder_by_default(monkeypatch, tmp_path):
    monkeypatch.delenv("FAIRLOSS_CACHE")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "fairloss"
