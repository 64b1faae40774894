"""Inserts for every image of a queryset in one statement, however many there are."""

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet


def insert_for_each(images: QuerySet, statement: str, *values: object) -> int:
    """Run `statement`, in which `{chosen}` is a table of the images' `id` and `created_at`; return how many rows.

    Values that stand before `{chosen}` in the statement are given in `values`, in order; none may stand after it.
    """
    try:
        chosen, parameters = images.order_by().values("id", "created_at").query.sql_with_params()
    except EmptyResultSet:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(statement.format(chosen=f"({chosen}) AS chosen"), [*values, *parameters])
        return cursor.rowcount
