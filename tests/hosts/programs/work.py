"""Threads that parse JSON and match regular expressions; prints what does not depend on timing."""

import hashlib
import json
import re
import sys
import threading

ROUNDS = int(sys.argv[1])
results = {}


def parse_json():
    text = json.dumps([{"id": i, "name": "n%d" % i, "tags": ["a", "b", str(i)]} for i in range(2000)])
    total = 0
    for _ in range(ROUNDS):
        total += sum(len(d["tags"]) for d in json.loads(text))
        total += len(json.dumps(json.loads(text)))
    results["json"] = total


def match_regex():
    text = " ".join("user%d@example%d.org, " % (i, i % 7) for i in range(3000))
    pattern = re.compile(r"(\w+)@(\w+)\.(org|com)")
    results["re"] = sum(len(pattern.findall(text)) for _ in range(ROUNDS))


def hash_and_keep():
    kept, digest = [], hashlib.sha256()
    for i in range(ROUNDS * 100):
        block = bytes([i % 256]) * 4000
        digest.update(block)
        kept.append(block)
    results["sha"] = digest.hexdigest()


threads = [
    threading.Thread(target=f, name=f.__name__) for f in (parse_json, match_regex, hash_and_keep)
]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(sorted(results.items()))
sys.exit(7)
