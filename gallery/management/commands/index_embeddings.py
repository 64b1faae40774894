from django.core.management.base import BaseCommand

from gallery import meaning


class Command(BaseCommand):
    help = "Makes the search index of every CLIP model that images are embedded by, where it is missing."

    def handle(self, *args: object, **options: object) -> None:
        for clip_model in meaning.create_missing_indexes():
            self.stdout.write(f"{clip_model}: {meaning.index_name(clip_model)}")
