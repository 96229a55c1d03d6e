#!/usr/bin/env python3
"""Explicit-state check of the journal of docs/architecture.md section 2: two replicas that write one document (one of them twice), one sweeper, one consumer that
walks the feed, a crash possible anywhere.

Properties, when nothing can move any more: every event of the document was published at least once; the consumer knows the latest version, though the broker
delivered nothing to it; publishedThrough never leads.
Run it plain: it holds. Leave one mechanism out and it prints the shortest interleaving that breaks it:
  --no-entry         a command saves without an entry in the journal   --no-fence     the sweeper settles an entry without writing the document first
  --no-new-entry     a writer saves again after a conflict on its old entry   --serve-unsettled  the feed serves entries whose save is still open
"""
import sys
from collections import deque

ENTRY, FENCE, NEW_ENTRY, SERVE_ALL = "--no-entry" not in sys.argv, "--no-fence" not in sys.argv, "--no-new-entry" not in sys.argv, "--serve-unsettled" in sys.argv
OPEN, SETTLED, DONE = 0, 1, 2

# document (etag, events, publishedThrough); journal: a mark for each entry; published event numbers; consumer (cursor, version it knows)
# writer: (step, etag, events, through as loaded, entry, tries, commands left, published as it knows); sweeper: (step, entry, etag, events, through)
START = ((0, 0, 0), (), frozenset(), (("load", 0, 0, 0, -1, 0, 2, 0), ("load", 0, 0, 0, -1, 0, 1, 0)), ("idle", -1, 0, 0, 0), (0, 0))


def mark(journal, entry, to):
    return journal if entry < 0 or journal[entry] >= to else journal[:entry] + (to,) + journal[entry + 1:]


def moves(state):
    doc, journal, published, writers, sweeper, consumer = state

    def after(i, *writer, doc=doc, journal=journal, published=published):
        return doc, journal, published, writers[:i] + (writer,) + writers[i + 1:], sweeper, consumer

    for i, (step, etag, events, through, entry, tries, left, known) in enumerate(writers):
        if step == "dead" or (step == "load" and left == 0):
            continue
        yield f"crash{i}", after(i, "dead", 0, 0, 0, -1, 0, 0, 0)
        if step == "load":
            yield f"load{i}", after(i, "append", *doc, entry, tries, left, known)
        elif step == "append" and ENTRY and (entry < 0 or NEW_ENTRY):
            yield f"append{i}", after(i, "save", etag, events, through, len(journal), tries, left, known, journal=journal + (OPEN,))
        elif step == "append":
            yield f"skip-append{i}", after(i, "save", etag, events, through, entry, tries, left, known)
        elif step == "save" and doc[0] == etag:
            moved = max(through, known)
            yield f"save{i}", after(i, "publish", etag + 1, events + 1, moved, entry, tries, left, known, doc=(etag + 1, events + 1, moved))
        elif step == "save" and tries < 1:
            yield f"conflict{i}", after(i, "load", 0, 0, 0, entry, tries + 1, left, known, journal=mark(journal, entry, SETTLED) if NEW_ENTRY else journal)
        elif step == "save":
            yield f"give-up{i}", after(i, "load", 0, 0, 0, -1, 0, 0, known, journal=mark(journal, entry, SETTLED))
        elif step == "publish":
            yield f"publish{i}", after(i, "mark", etag, events, through, entry, tries, left, events, published=published | frozenset(range(through + 1, events + 1)))
        elif step == "mark":
            yield f"mark{i}", after(i, "load", 0, 0, 0, -1, 0, left - 1, known, journal=mark(journal, entry, DONE))

    step, entry, etag, events, through = sweeper

    def swept(*sweeper, doc=doc, journal=journal, published=published):
        return doc, journal, published, writers, sweeper, consumer

    if step == "idle":
        for number, marked in enumerate(journal):
            if marked != DONE:
                yield "sweep", swept("load", number, 0, 0, 0)
                break
    elif step == "load":
        yield "sweep-load", swept("fence" if journal[entry] == OPEN and FENCE else "publish", entry, *doc)
    elif step == "fence" and doc[0] == etag:
        yield "fence", swept("publish", entry, etag + 1, events, through, doc=(etag + 1, doc[1], doc[2]))
    elif step == "fence":
        yield "fence-conflict", swept("load", entry, 0, 0, 0)
    elif step == "publish":
        yield "sweep-publish", swept("mark", entry, 0, 0, 0, published=published | frozenset(range(through + 1, events + 1)))
    elif step == "mark":
        yield "sweep-mark", swept("idle", -1, 0, 0, 0, journal=mark(journal, entry, DONE))

    cursor, knows = consumer
    if cursor < len(journal) and (journal[cursor] != OPEN or SERVE_ALL):
        yield "walk", (doc, journal, published, writers, sweeper, (cursor + 1, max(knows, doc[1])))


came_from, queue, broken, why = {START: None}, deque([START]), None, ""
while queue and not broken:
    state = queue.popleft()
    every = list(moves(state))
    nexts = [(name, nxt) for name, nxt in every if nxt[0][0] < 8 and len(nxt[1]) < 6]  # bounds of the search
    doc, _, published, *_, consumer = state
    if doc[2] and set(range(1, doc[2] + 1)) - published:
        broken, why = state, "publishedThrough leads"
    elif all(name.startswith("crash") for name, _ in every):
        if set(range(1, doc[1] + 1)) - published:
            broken, why = state, "an event is never published"
        elif consumer[1] < doc[1]:
            broken, why = state, "the consumer never learns of a version"
    for name, nxt in nexts:
        if nxt not in came_from:
            came_from[nxt] = state, name
            queue.append(nxt)
if not broken:
    print(f"holds in all {len(came_from)} states")
else:
    path = []
    while came_from[broken]:
        broken, name = came_from[broken]
        path.append(name)
    print(f"{why}:", " -> ".join(reversed(path)))
    sys.exit(1)
