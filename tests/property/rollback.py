#!/usr/bin/env python3
"""rollback.py ENGINE [SEEDS [FIRST]]   random tables, migrations and later writes; a plain model predicts every row

Each seed is one table with its own migration, down script and later writes; a run takes TABLES of them in one
migration. The model knows nothing of SQL: rows are dictionaries, and the rules are those of docs/rollback.md. ENGINE is
sqlite, pg or mariadb; the servers' URLs come from tests/with-servers. Prints the seeds that differ, and exits 1 then.
"""
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

TABLES = 20
ENGINE = sys.argv[1]
SEEDS = int(sys.argv[2]) if len(sys.argv) > 2 else 200
FIRST = int(sys.argv[3]) if len(sys.argv) > 3 else 1
NULL = None


# -- the engines' clients -----------------------------------------------------------------------------------------------


class Database:
    def __init__(self, name, folder):
        self.name = name
        if ENGINE == "sqlite":
            self.file = os.path.join(folder, name + ".db")
            self.url = "sqlite:" + self.file
        elif ENGINE == "pg":
            base = os.environ["ROLLCALL_TEST_PG"]
            subprocess.run(["psql", "-qX", base, "-c", "create database " + name], check=True)
            self.url = re.sub(r"/postgres$", "/" + name, base)
        else:
            self.socket = os.environ["ROLLCALL_TEST_MARIADB_SOCKET"]
            base = os.environ["ROLLCALL_TEST_MARIADB"]
            self.client = ["mariadb", "--no-defaults", "-uroot", "-S", self.socket, "-N", "-B", "--raw"]
            subprocess.run(self.client + ["-e", "create database " + name + " character set utf8mb4"], check=True)
            self.url = re.sub(r"/mysql$", "/" + name, base)

    def run(self, sql):
        if ENGINE == "sqlite":
            command = ["sqlite3", "-batch", "-bail", self.file]
        elif ENGINE == "pg":
            command = ["psql", "-qXAt", "-v", "ON_ERROR_STOP=1", self.url]
        else:
            command = self.client + [self.name]
        done = subprocess.run(command, input=sql, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr + "\n" + sql[:2000])
        return done.stdout


def literal(value):
    if value is NULL:
        return "NULL"
    return str(value) if isinstance(value, int) else "'" + value + "'"


# -- one table: its schema, its migration, what happens later ------------------------------------------------------------


class Case:
    def __init__(self, seed):
        self.seed = seed
        self.random = random.Random(seed)
        self.table = "t%d" % seed
        pick = self.random
        self.key = pick.choice([["id"], ["id"], ["name"], ["id", "part"]])
        self.columns = ["n", "s", "extra"]  # an integer, a text, and one that may go
        self.before = {}
        for _ in range(pick.choice([0, 1, 5, 20])):
            self.before[self.new_key(self.before)] = self.new_row()
        self.up, self.down = [], []
        self.after = {key: dict(row) for key, row in self.before.items()}
        self.seen = set()  # keys whose images the migration's statements have shown
        self.new = list(self.columns)
        self.whole = False  # all rows are known: a column or the table goes
        self.undo = []  # the down script, on the model's rows
        self.choose()

    def new_key(self, rows):
        while True:
            key = {"id": self.random.randint(1, 60), "name": "k%d" % self.random.randint(1, 60), "part": self.random.choice("ab")}
            key = tuple(key[column] for column in self.key)
            if key not in rows:
                return key

    def new_row(self, columns=None):
        row = {}
        for column in columns or self.columns:
            if column in ("n", "sum_of"):
                row[column] = self.random.choice([NULL, 0, 1, 7, 10, 99])
            else:
                row[column] = self.random.choice([NULL, "", "a", "B b", "c  d", "long " * 3])
        return row

    def create(self):
        types = {"id": "integer not null", "name": "varchar(40) not null", "part": "varchar(3) not null"}
        parts = ["%s %s" % (column, types[column]) for column in self.key]
        parts += ["n integer", "s varchar(100)", "extra varchar(100)", "primary key (%s)" % ", ".join(self.key)]
        return "CREATE TABLE %s (%s);" % (self.table, ", ".join(parts))

    def insert(self, key, row):
        columns = self.key + list(row)
        values = list(key) + list(row.values())
        return "INSERT INTO %s (%s) VALUES (%s);" % (self.table, ", ".join(columns), ", ".join(map(literal, values)))

    def where(self, key):
        return " AND ".join("%s = %s" % (c, literal(v)) for c, v in zip(self.key, key))

    # Each step changes self.after as its SQL changes the table, and says how its way back changes rows.

    def step_update(self):
        limit = self.random.choice([5, 50, 1000])
        self.up.append("UPDATE %s SET n = n * 2 + 1 WHERE n < %d;" % (self.table, limit))
        for key, row in self.after.items():
            if row["n"] is not NULL and row["n"] < limit:
                row["n"] = row["n"] * 2 + 1
                self.seen.add(key)
        if self.random.random() < 0.5:
            self.down.insert(0, "UPDATE %s SET n = n - 3;" % self.table)
            self.undo.insert(0, self.undo_update)

    @staticmethod
    def undo_update(rows):
        for row in rows.values():
            row["n"] = NULL if row["n"] is NULL else row["n"] - 3

    def step_text(self):
        self.up.append("UPDATE %s SET s = 'fixed' WHERE s = 'a';" % self.table)
        for key, row in self.after.items():
            if row["s"] == "a":
                row["s"] = "fixed"
                self.seen.add(key)
        if self.random.random() < 0.5:
            self.down.insert(0, "UPDATE %s SET s = 'reset';" % self.table)
            self.undo.insert(0, lambda rows: [row.update(s="reset") for row in rows.values()])

    def step_delete(self):
        self.up.append("DELETE FROM %s WHERE n = 7;" % self.table)
        for key in [key for key, row in self.after.items() if row["n"] == 7]:
            del self.after[key]
            self.seen.add(key)

    def step_insert(self):
        key = self.new_key({**self.before, **self.after})
        row = self.new_row([c for c in self.columns if c in self.new])
        self.up.append(self.insert(key, row))
        self.after[key] = {column: row.get(column) for column in self.new}
        self.seen.add(key)
        if self.random.random() < 0.5:
            self.down.insert(0, "DELETE FROM %s WHERE %s;" % (self.table, self.where(key)))
            self.undo.insert(0, lambda rows: rows.pop(key, None))

    def step_drop(self):
        if "extra" not in self.new:
            return
        self.up.append("ALTER TABLE %s DROP COLUMN extra;" % self.table)
        self.new.remove("extra")
        for row in self.after.values():
            row.pop("extra")
        self.whole = True
        value = self.random.choice([NULL, "again"])
        self.down.insert(0, "ALTER TABLE %s ADD COLUMN extra varchar(100);" % self.table)
        if value is not NULL:
            self.down.insert(1, "UPDATE %s SET extra = 'again';" % self.table)
        self.undo.insert(0, lambda rows: [row.update(extra=value) for row in rows.values()])

    def step_add(self):
        self.up.append("ALTER TABLE %s ADD COLUMN sum_of integer;" % self.table)
        self.new.append("sum_of")
        fills = self.random.random() < 0.7
        if fills:
            self.up.append("UPDATE %s SET sum_of = coalesce(n, 0) + 1000;" % self.table)
        for key, row in self.after.items():
            row["sum_of"] = (row["n"] or 0) + 1000 if fills else NULL
            if fills:
                self.seen.add(key)
        self.down.insert(0, "ALTER TABLE %s DROP COLUMN sum_of;" % self.table)
        self.undo.insert(0, lambda rows: [row.pop("sum_of") for row in rows.values()])

    def choose(self):
        steps = [self.step_update, self.step_text, self.step_delete, self.step_insert, self.step_drop, self.step_add]
        for step in self.random.sample(steps, self.random.randint(1, 3)):
            step()

    # -- later

    def later(self):
        """SQL of the writes since; fills self.now."""
        pick = self.random
        self.now = {key: dict(row) for key, row in self.after.items()}
        out = []
        for _ in range(pick.choice([0, 1, 4, 10])):
            action = pick.choice(["insert", "update", "update", "update", "delete"])
            if action == "insert" or not self.now:
                key = self.new_key(self.now)
                row = self.new_row(self.new)
                out.append(self.insert(key, row))
                self.now[key] = row
                continue
            key = pick.choice(sorted(self.now))
            if action == "delete":
                out.append("DELETE FROM %s WHERE %s;" % (self.table, self.where(key)))
                del self.now[key]
                continue
            column = pick.choice(self.new)
            value = self.new_row([column])[column]
            out.append("UPDATE %s SET %s = %s WHERE %s;" % (self.table, column, literal(value), self.where(key)))
            self.now[key][column] = value
        return out

    def is_known(self, key):
        return key in self.seen or (self.whole and key in {**self.before, **self.after})

    def wrote(self, key, column):
        if column not in self.before.get(key, {}):
            return key in self.seen
        return self.before[key][column] != self.after[key][column]

    def expected(self):
        script = {key: dict(row) for key, row in self.now.items()}
        for undo in self.undo:
            undo(script)
        out = {}
        for key in {**self.before, **self.after, **self.now, **script}:
            before, after, now = (rows.get(key) for rows in (self.before, self.after, self.now))
            row = script.get(key)
            if not self.is_known(key):
                if row is not None:
                    out[key] = row
            elif before is not None and after is not None and now is not None:
                out[key] = self.merged(key, before, after, now, row or {})
            elif before is None and after is not None and now is not None and now != after:
                out[key] = row if row is not None else {c: now.get(c) for c in self.columns}
            elif before is not None and after is None:
                out[key] = before if now is None else (row or {c: now.get(c) for c in self.columns})
        return out

    def merged(self, key, before, after, now, script):
        dirty = any(self.wrote(key, c) and now[c] != after[c] for c in self.new)
        row = {}
        for column in self.columns:
            if column in self.new:
                row[column] = now[column] if now[column] != after[column] else before[column]
            else:
                row[column] = script.get(column) if dirty else before[column]
        return row

    def actual_sql(self):
        columns = self.key + self.columns
        shown = ["coalesce(cast(%s as %s), '<null>')" % (c, "char" if ENGINE == "mariadb" else "text") for c in columns]
        if ENGINE == "mariadb":
            line = "concat_ws('|', %s)" % ", ".join(["'%s'" % self.table] + shown)
        else:
            line = " || '|' || ".join(["'%s'" % self.table] + shown)
        return "SELECT %s FROM %s;" % (line, self.table)

    def expected_lines(self):
        out = set()
        for key, row in self.expected().items():
            cells = list(key) + [row[c] for c in self.columns]
            out.add("|".join([self.table] + ["<null>" if c is NULL else str(c) for c in cells]))
        return out


# -- a run -------------------------------------------------------------------------------------------------------------------


def rollcall(database, folder, *words):
    command = ["rollcall", *words, "--db", database.url, "--dir", folder + "/m", "--store", folder + "/store", "--json"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in (0, 6):
        raise RuntimeError("%s: exit %d\n%s\n%s" % (words, done.returncode, done.stdout, done.stderr))
    return done.stdout


def write(folder, name, lines):
    with open(os.path.join(folder, "m", name), "w") as file:
        file.write("\n".join(lines) + "\n")


def run(seeds, folder):
    os.mkdir(os.path.join(folder, "m"))
    database = Database("property_%d" % seeds[0], folder)
    cases = [Case(seed) for seed in seeds]
    write(folder, "0001_tables.up.sql", [case.create() for case in cases])
    write(folder, "0001_tables.down.sql", ["DROP TABLE %s;" % case.table for case in cases])
    rollcall(database, folder, "up")
    rows = [case.insert(key, row) for case in cases for key, row in case.before.items()]
    database.run("\n".join(rows))
    write(folder, "0002_change.up.sql", [line for case in cases for line in case.up])
    write(folder, "0002_change.down.sql", [line for case in cases for line in case.down] or ["SELECT 1;"])
    rollcall(database, folder, "up")
    database.run("\n".join(line for case in cases for line in case.later()))
    rollcall(database, folder, "rollback")
    got = {}
    for line in database.run("\n".join(case.actual_sql() for case in cases)).splitlines():
        got.setdefault(line.split("|")[0], set()).add(line)
    bad = 0
    for case in cases:
        want = case.expected_lines()
        have = got.get(case.table, set())
        if want != have:
            bad += 1
            print("seed %d differs (%s)" % (case.seed, ENGINE))
            print("  up:   " + " ".join(case.up) + "\n  down: " + " ".join(case.down))
            for line in sorted(want - have):
                print("  missing: " + line)
            for line in sorted(have - want):
                print("  extra:   " + line)
    return bad


def main():
    bad = 0
    print("rollback.py %s: seeds %d to %d" % (ENGINE, FIRST, FIRST + SEEDS - 1))
    for first in range(FIRST, FIRST + SEEDS, TABLES):
        folder = tempfile.mkdtemp(prefix="rollcall-property-")
        try:
            bad += run(list(range(first, min(first + TABLES, FIRST + SEEDS))), folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    print("%d of %d seeds differ" % (bad, SEEDS))
    sys.exit(1 if bad else 0)


main()
