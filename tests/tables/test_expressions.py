"""A campaign's own SQL sees the person's row and nothing else."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from groundswell.tables import check_expression, evaluate
from groundswell.vocabulary import ExpressionError

COLUMNS = ("yob", "sex", "value", "rows count")
ROWS = pa.table(
    {"yob": [1950, 1990, None], "sex": ["f", "m", ""], "value": ["1", "x", None], "rows count": ["2", "3", "4"]}
)


def value_of(sql: str) -> list[object]:
    check_expression(sql, COLUMNS, file="campaign.toml", key="traits.x")
    return evaluate({"x": sql}, ROWS, file="campaign.toml", section="traits")["x"].to_pylist()


@pytest.mark.parametrize(
    ("sql", "values"),
    [
        ("2006 - yob", [56, 16, None]),
        ("2006 - yob -- their age", [56, 16, None]),
        ("sex = 'f'", [True, False, False]),
        ("coalesce(try_cast(value as int), 0)", [1, 0, 0]),
        ('"rows count"::int + 1', [3, 4, 5]),
        ("rows.yob", [1950, 1990, None]),
        ("YOB in (1950, 1951)", [True, False, None]),
        ("case when yob < 1960 then 'old' else 'young' end", ["old", "young", "young"]),
        ("upper(sex) || '!'", ["F!", "M!", "!"]),
        ("date_diff('year', make_date(yob, 1, 1), DATE '2006-01-01')", [56, 16, None]),
        ("age(DATE '2006-01-01', make_date(yob, 1, 1)) > interval 20 year", [True, False, None]),
        ("not (yob between 1900 and 1960) and sex is not null", [False, True, None]),
        ("'read_csv; attach -- (select 1)'", ["read_csv; attach -- (select 1)"] * 3),
    ],
)
def test_a_plain_expression_is_computed_for_every_row(sql, values):
    assert value_of(sql) == values


READS_A_FILE = [
    "read_csv('{}')",
    "READ_CSV('{}')",
    "read_csv_auto('{}')",
    "read_text('{}')",
    "read_blob('{}')",
    "read_json('{}')",
    "read_parquet('{}')",
    "parquet_scan('{}')",
    "sniff_csv('{}')",
    "main.read_text('{}')",
    "system.main.read_text('{}')",
    "(select content from read_text('{}'))",
    "(select content from '{}')",
    "(from '{}')",
    "from '{}'",
    "yob in (from '{}')",
    "exists (from '{}')",
    "array(select content from '{}')",
    "(with x as (from '{}') select content from x)",
    "(table '{}')",
    "(values ((select content from '{}')))",
    "yob) as value from read_text('{}') --",
    "yob) as value from read_text('{}') /*",
    "yob) as value from read_text('{}'); --",
    "yob\n) as value from read_text('{}'), (select 1",
    "yob /* ) */ , (select content from read_text('{}'))",
    "yob) union all (select content from '{}'",
    "yob) as value from rows where exists (from '{}'",
    "case when true then (select 1 from '{}') end",
    "list_transform([1], x -> (select content from '{}'))",
    "glob('{}')",
    "getenv('HOME')",
    "query('from ''{}''')",
    "query_table('{}')",
    "json_execute_serialized_sql('{}')",
    "r\N{CYRILLIC SMALL LETTER IE}ad_text('{}')",
    "\N{FULLWIDTH LATIN SMALL LETTER R}ead_text('{}')",
    "read\N{ZERO WIDTH SPACE}_text('{}')",
    "read_text/**/('{}')",
    "read_text\n('{}')",
    "\"read_text\"('{}')",
    "U&'read_text'('{}')",
    "e'x' || read_text('{}')",
    "$$x$$ || read_text('{}')",
]

SAYS_MORE = [
    "attach 'x.db'",
    "ATTACH DATABASE 'x.db' AS x",
    "yob); attach 'x.db'; --",
    "yob; attach 'x.db'",
    "yob); ATTACH/**/'x.db'; select (1",
    "copy rows to 'x.csv'",
    "yob); copy rows to 'x.csv'; --",
    "install httpfs",
    "load httpfs",
    "yob); load httpfs; --",
    "pragma database_list",
    "yob); pragma enable_external_access; --",
    "set enable_external_access = true",
    "yob); set enable_external_access = true; select (1",
    "call pragma_version()",
    "create table x (a int)",
    "drop table rows",
    "export database 'x'",
    "current_setting('home_directory')",
    "getvariable('x')",
    "write_log('x')",
    "nextval('x')",
    "yob, sex",
    "yob as age",
    "yob where true",
    "yob limit 1",
    "yob order by 1",
    "*",
    "rows.*",
    "columns('.*')",
    "rows",
    "count(*)",
    "sum(yob)",
    "row_number() over ()",
    "unnest([1, 2])",
    "[x for x in [1, 2]]",
    "list_transform([1], lambda x: x)",
    "yob -> yob",
    "?",
    "$1",
    "$name",
    "random()",
    "now()",
    "today()",
    "current_date",
    "current_timestamp",
    "age(DATE '2000-01-01')",
    "uuid()",
    "sleep_ms(10000)",
    "current_query()",
    "no_such_function(yob)",
    "age",
    "",
    "   ",
    "--",
    "/*",
    "yob /*",
    ")",
    "((yob)",
    "'",
    "yob\0",
    "\N{LEFT DOUBLE QUOTATION MARK}yob\N{RIGHT DOUBLE QUOTATION MARK}",
]


@pytest.mark.parametrize("sql", READS_A_FILE)
def test_no_spelling_reads_a_file(sql, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("a secret")
    with pytest.raises(ExpressionError) as caught:
        value_of(sql.replace("{}", str(secret)))
    assert "a secret" not in str(caught.value)
    assert all([caught.value.file, caught.value.key == "traits.x", caught.value.found, caught.value.hint])


@pytest.mark.parametrize("sql", READS_A_FILE)
def test_the_second_wall_holds_where_the_first_is_passed(sql, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("a secret")
    try:
        found = evaluate({"x": sql.replace("{}", str(secret))}, ROWS, file="campaign.toml", section="traits")
    except ExpressionError as error:
        assert "a secret" not in str(error)
    else:
        assert "a secret" not in str(found.to_pylist())


@pytest.mark.parametrize("sql", SAYS_MORE)
def test_anything_but_one_expression_over_the_row_is_refused(sql, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ExpressionError) as caught:
        value_of(sql)
    assert all([caught.value.file, caught.value.key, caught.value.expected, caught.value.hint])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "sql",
    [
        "(" * 3_000 + "yob" + ")" * 3_000,
        "+".join(["yob"] * 2_000),
        "not " * 2_000 + "true",
        "- " * 3_000 + "yob",
        "case when true then " * 400 + "1" + " end" * 400,
        "[" * 3_000 + "]" * 3_000,
        "yob" + "::int" * 1_500,
        "'" + "x" * 5_000_000 + "'",
        "repeat('a', 100000000000)",
        "len(range(100000000000))",
        "9223372036854775807 + yob",
    ],
)
def test_deep_long_and_greedy_texts_are_refused_and_do_not_hang(sql):
    with pytest.raises(ExpressionError) as caught:
        value_of(sql)
    assert len(str(caught.value)) < 2_000


@settings(max_examples=60, deadline=None)
@given(some.text(some.sampled_from("yob sex()',;-*/\"1+<=[]{}:?$\n"), max_size=25))
def test_any_text_gives_a_value_for_every_row_or_a_clear_error(sql):
    try:
        assert len(value_of(sql)) == ROWS.num_rows
    except ExpressionError as error:
        assert error.hint


def test_a_misspelt_column_gets_the_nearest_one_as_a_suggestion():
    with pytest.raises(ExpressionError, match='There is no column "yobb"') as caught:
        value_of("2006 - yobb")
    assert caught.value.hint == 'Did you mean "yob"?'
