"""Inserts for every image of a queryset in one statement, however many there are."""

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet


def insert_for_each(images: QuerySet, statement: str, *values: object, image: str = "image_id") -> int:
    """Run an INSERT, in which `{chosen}` is a table of the images' `id` and `created_at`; return for how many images.

    `values` are the parameters that stand before `{chosen}`, in order; none may stand after it. `image` names the
    column that holds an image's key.
    """
    try:
        chosen, parameters = images.order_by().values("id", "created_at").query.sql_with_params()
    except EmptyResultSet:
        return 0
    insert = statement.format(chosen=f"({chosen}) AS chosen")
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH made AS ({insert} RETURNING {image}) SELECT count(DISTINCT {image}) FROM made",
            [*values, *parameters],
        )
        return cursor.fetchone()[0]
