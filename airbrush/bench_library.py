"""Fills a database with a library of any size, in minutes: everything but the picture files.

Prompts come from a template, words and tags follow Zipf's law, embeddings lie in clusters, some images have hearts,
and a fourth of them are in collections.
"""

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from django.db import connection

from gallery import colors


def _words(text: str) -> list[str]:
    return text.split()


CLIP_MODEL = "starter/clip"
DIMENSIONS = 256
PEOPLE = 50
#: The person whose library is searched, and how many images are theirs whatever the size of all.
OWNER, OWNED = 1, 2000
TAGS = 5000
CLUSTERS = 500
#: How far from its cluster's middle an embedding lies: the cosine of two in one cluster is about 1 / (1 + SPREAD ** 2).
SPREAD = 0.7
BATCH = 20_000
THINGS = _words(
    """
    apple horse mountain sunset coffee laptop city forest beach dog cat flower car house bridge river child woman
    chef doctor rocket robot penguin owl fox bear lion tiger elephant whale dolphin butterfly bee tree leaf mushroom
    pumpkin strawberry lemon cherry bread cake pizza sushi teapot bottle chair sofa lamp window door bicycle train
    airplane boat lighthouse castle temple market street museum library piano guitar violin drum camera telescope
    clock compass map backpack umbrella hat shoe dress ring crown candle lantern balloon kite snowman skier surfer
    dancer runner climber farmer gardener painter astronaut pirate wizard dragon unicorn mermaid phoenix desert
    island volcano waterfall glacier canyon meadow orchard vineyard harbor skyline subway office kitchen garden
    """
)
LOOKS = _words(
    """
    red blue green golden old modern tiny giant happy quiet wooden frozen glowing misty bright striped
    """
)
PLACES = """
    on a blue background|in the snow|at night|by the sea|in a forest|on a wooden table|under a starry sky|in the rain|
    in a busy city|on a white background|at sunrise|in autumn""".replace("\n", "").split("|")
STYLES = ["photo", "3d-icon", "flat-icon", "sketch", "watercolor", "clip-art"]
SYLLABLES = _words(
    """
    ba ko mi ru ta le no si va du pe ga lo fi zu ha ne wo
    """
)
TABLES = ("gallery_image", "gallery_taggedimage", "gallery_imageembedding", "gallery_favorite", "gallery_tagcount")
COLORS = list(colors.NAMES)

#: A number from 1 to `n` by the law of Zipf and Mandelbrot: the k-th is drawn in proportion to 1 / (k + 5).
ZIPF = "least(floor(6 * exp(random() * ln((%(n)s + 6) / 6.0)))::integer - 5, %(n)s)"

IMAGES = """
INSERT INTO gallery_image (
    id, owner_id, file, width, height, byte_size, sha256, title, alt_text, prompt, tag_names, visibility, license,
    source, style, seed, checkpoint, rendition_state, dominant_color, color_name, favorite_count, created_at,
    placeholder, perceptual_hash
)
SELECT md5('image' || n)::uuid, owner, 'images/' || n || '.png', width, height, 400000, md5(n::text) || md5(n::text),
    '', prompt, prompt,
    (SELECT string_agg(name, ', ' ORDER BY name) FROM (
        SELECT DISTINCT name FROM unnest(ARRAY[thing, look] || extra) AS name
    ) AS tags),
    CASE WHEN shown < 0.6 THEN 'public' WHEN shown < 0.7 THEN 'unlisted' ELSE 'private' END,
    (ARRAY['all-rights-reserved', 'cc-by-4.0', 'cc0-1.0'])[1 + floor(random() ^ 2 * 3)::integer],
    'generated', style, n, CASE WHEN random() < 0.8 THEN 'starter' ELSE 'our-brand' END, 'ready', '#cc2233',
    color,
    CASE WHEN random() < 0.1 THEN floor(1 / (random() + 0.01))::integer ELSE 0 END,
    now() - (%(size)s - n) * (interval '3 years' / %(size)s), %(placeholder)s,
    ('x' || substr(md5('look' || n), 1, 16))::bit(64)::bigint
FROM (
    SELECT *, replace(style, '-', ' ') || ' of a ' || look || ' ' || thing || ' and a ' || detail || ' ' || place
        AS prompt
    FROM (
        SELECT n, random() AS shown, list.widths[1 + n %% 4] AS width, list.heights[1 + n %% 4] AS height,
            CASE WHEN n %% (%(size)s / %(owned)s) = 0 THEN %(owner)s
                ELSE 2 + floor(random() ^ 2 * %(others)s)::integer END AS owner,
            list.things[{thing}] AS thing, list.looks[{look}] AS look, list.tags[{tag}] AS detail,
            list.styles[{style}] AS style, list.places[1 + floor(random() * 12)::integer] AS place,
            list.colors[1 + floor(random() ^ 1.5 * 12)::integer] AS color,
            ARRAY[list.tags[{tag}], list.tags[{tag}], list.tags[{tag}], list.tags[{tag}]] AS extra
        FROM generate_series(%(first)s, %(last)s) AS n, (SELECT
            %(colors)s::text[] AS colors, %(places)s::text[] AS places, %(things)s::text[] AS things,
            %(looks)s::text[] AS looks, %(tags)s::text[] AS tags, %(styles)s::text[] AS styles,
            %(widths)s::integer[] AS widths, %(heights)s::integer[] AS heights
        ) AS list
    ) AS drawn
) AS image
"""

REST = """
INSERT INTO gallery_taggedimage (content_object_id, tag_id)
SELECT image.id, tag.id FROM gallery_image AS image
CROSS JOIN unnest(string_to_array(image.tag_names, ', ')) AS said JOIN taggit_tag AS tag ON tag.name = said;

INSERT INTO gallery_tagcount (tag_id, owner_id, count, hidden)
SELECT tagged.tag_id, image.owner_id, count(*), count(*) FILTER (WHERE image.visibility <> 'public')
FROM gallery_taggedimage AS tagged JOIN gallery_image AS image ON image.id = tagged.content_object_id
GROUP BY 1, 2
UNION ALL
SELECT tagged.tag_id, NULL, count(*), 0
FROM gallery_taggedimage AS tagged JOIN gallery_image AS image ON image.id = tagged.content_object_id
WHERE image.visibility = 'public' GROUP BY 1;

INSERT INTO gallery_favorite (user_id, image_id, created_at)
SELECT %(owner)s, id, now() FROM gallery_image WHERE visibility = 'public' AND number %% (%(size)s / 400) = 0;

INSERT INTO gallery_collection (id, owner_id, title, description, visibility, created_at)
SELECT md5('collection' || n)::uuid, 1 + n %% %(people)s, 'Collection ' || n, '',
    (ARRAY['private', 'unlisted', 'public'])[1 + n / %(people)s %% 3], now()
FROM generate_series(1, %(collections)s) AS n;

INSERT INTO gallery_collectionimage (collection_id, image_id, position)
SELECT collection.id, image.id, image.number
FROM (
    SELECT *, CASE WHEN owner_id = %(owner)s THEN abs(hashint8(number)) %% (%(collections)s / %(people)s) * %(people)s
        + %(people)s ELSE 1 + abs(hashint8(number)) %% %(collections)s END AS place
    FROM gallery_image WHERE number %% 500 < 125
) AS image
JOIN gallery_collection AS collection ON collection.id = md5('collection' || image.place)::uuid
WHERE image.visibility = 'public' OR image.owner_id = collection.owner_id;
"""


def vocabulary() -> list[str]:
    """Tags, the commonest first: things and looks, then words that nobody has heard before."""
    made = (a + b + c + d for a in SYLLABLES for b in SYLLABLES for c in SYLLABLES for d in ("", "n"))
    known = [word for pair in zip(THINGS, LOOKS + THINGS, strict=False) for word in pair]
    return list(dict.fromkeys([*THINGS, *LOOKS, *known, *made]))[:TAGS]


def fill(size: int) -> None:
    """Make `size` images; the table `bench_index` then tells the seconds that each index took to build."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # no triggers: what they keep is filled in below
        cursor.execute("SELECT setseed(0.5)")
        with _indexes_built_afterwards(cursor):
            _add_people(cursor)
            for first in range(1, size + 1, BATCH):
                _add_images(cursor, size, first, min(first + BATCH - 1, size))
            collections = max(3 * PEOPLE, size // 1000)
            cursor.execute(REST, {"owner": OWNER, "size": size, "people": PEOPLE, "collections": collections})
            _add_embeddings(cursor, size)
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("VACUUM ANALYZE")


def _add_people(cursor) -> None:
    cursor.execute(
        "INSERT INTO accounts_user (id, username, email, password, is_superuser, is_staff, is_active, first_name,"
        " last_name, date_joined) SELECT n, 'person' || n, n || '@example.com', '', false, false, true, '', '', now()"
        " FROM generate_series(1, %s) AS n",
        [PEOPLE],
    )
    cursor.execute(
        "INSERT INTO taggit_tag (name, slug) SELECT name, name FROM unnest(%s::text[]) AS name", [vocabulary()]
    )


def _add_images(cursor, size: int, first: int, last: int) -> None:
    tags = vocabulary()
    counts = {"thing": len(THINGS), "look": len(LOOKS), "tag": len(tags), "style": len(STYLES)}
    sql = IMAGES.format(**{name: ZIPF % {"n": count} for name, count in counts.items()})
    values = {"colors": COLORS, "places": PLACES, "things": THINGS, "looks": LOOKS, "tags": tags, "styles": STYLES}
    values |= {"widths": [1024, 768, 1024, 512], "heights": [1024, 1024, 768, 512]}
    values |= {"placeholder": "data:image/webp;base64," + "A" * 300}
    values |= {"size": size, "first": first, "last": last, "owner": OWNER, "owned": OWNED, "others": PEOPLE - 2}
    cursor.execute(sql, values)


def vectors(size: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Numbers of images and their unit embeddings, a batch at a time; the same ones every time."""
    random = np.random.default_rng(7)
    centers = _unit(random.standard_normal((CLUSTERS, DIMENSIONS), np.float32))
    for first in range(1, size + 1, BATCH):
        numbers = np.arange(first, min(first + BATCH, size + 1))
        noise = _unit(random.standard_normal((len(numbers), DIMENSIONS), np.float32))
        yield numbers, _unit(centers[random.integers(CLUSTERS, size=len(numbers))] + SPREAD * noise)


def _unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def _add_embeddings(cursor, size: int) -> None:
    """By COPY in PostgreSQL's binary format: three fields a row, each after its length."""
    model = CLIP_MODEL.encode()
    fields = [("fields", ">i2"), ("l1", ">i4"), ("id", "V16"), ("l2", ">i4"), ("model", f"S{len(model)}")]
    fields += [("l3", ">i4"), ("dimensions", ">i2"), ("zero", ">i2"), ("vector", ">f4", DIMENSIONS)]
    row = np.dtype(fields)
    sql = "COPY gallery_imageembedding (image_id, clip_model, vector) FROM STDIN (FORMAT binary)"
    with cursor.copy(sql) as copy:
        copy.write(b"PGCOPY\n\xff\r\n\0" + bytes(8))
        for numbers, batch in vectors(size):
            rows = np.zeros(len(batch), row)
            rows["fields"], rows["l1"], rows["l2"], rows["l3"] = 3, 16, len(model), 4 + 4 * DIMENSIONS
            rows["id"] = np.frombuffer(b"".join(hashlib.md5(b"image%d" % n).digest() for n in numbers), "V16")
            rows["model"], rows["dimensions"], rows["vector"] = model, DIMENSIONS, batch
            copy.write(rows.tobytes())
        copy.write(b"\xff\xff")


@contextmanager
def _indexes_built_afterwards(cursor) -> Iterator[None]:
    """Drop the plain indexes of the library's tables and build them again at the end, timed."""
    cursor.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s) AND indexname NOT IN"
        " (SELECT conname FROM pg_constraint)",
        [list(TABLES)],
    )
    definitions = dict(cursor.fetchall())
    for name in definitions:
        cursor.execute(f'DROP INDEX "{name}"')
    yield
    cursor.execute("CREATE TABLE bench_index (name text, seconds float)")
    cursor.execute("SET maintenance_work_mem = '2GB'")
    for name, definition in definitions.items():
        started = time.monotonic()
        cursor.execute(definition)
        cursor.execute("INSERT INTO bench_index VALUES (%s, %s)", [name, time.monotonic() - started])
