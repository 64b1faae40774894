"""From a stored job to what the engine is asked for. Raises ImageLost where a picture it needs is gone."""

import base64
import io
from typing import TYPE_CHECKING

from PIL import Image as Pictures

from gallery.models import Image
from generation.embeddings import ImageLost, embedding_of, open_image
from generation.models import Generation
from generation.shapes import find_shape
from generation.unclip import (
    Blend,
    Drawing,
    Edit,
    Part,
    Reconstruction,
    TextDiff,
    TextToImage,
    Upsample,
    Variations,
    open_picture,
    outpaint,
)

if TYPE_CHECKING:
    from generation.unclip.engine import Engine

Operation = Generation.Operation


def together(job: Generation, indices: range) -> list[range]:
    """The parts of a run of images that the engine draws at once."""
    if job.operation in {Operation.FINISH, Operation.UPSAMPLE}:
        return [range(index, index + 1) for index in indices]
    return [indices]


def drawing(job: Generation, engine: "Engine", indices: range) -> Drawing:
    """What draws images `indices` of the job: from its seed + the first index on."""
    if job.operation == Operation.FINISH:
        return _finish(job, indices.start)
    many = {"count": len(indices), "seed": job.seed + indices.start}
    if job.operation in {Operation.TEXT_TO_IMAGE, Operation.DRAFTS}:
        is_draft = job.operation == Operation.DRAFTS
        return TextToImage(job.full_prompt, draft=is_draft, **_sides(job, engine), **many)
    if job.parent is None:
        raise ImageLost
    return _remix(job, job.parent, engine, indices, many)


def _sides(job: Generation, engine: "Engine") -> dict[str, int]:
    """Width and height, where the job asks for another shape than a square."""
    shape = find_shape(job.request.get("shape", ""))
    if not shape or not shape.key:
        return {}
    width, height = shape.sides(engine.size)
    return {"width": width, "height": height}


def _remix(job: Generation, parent: Image, engine: "Engine", indices: range, many: dict[str, int]) -> Drawing:
    asked = job.request
    match job.operation:
        case Operation.VARIATIONS:
            return Variations(embedding_of(parent, engine), **many)
        case Operation.BLEND:
            return Blend(_parts(job, parent, engine), **many)
        case Operation.UPSAMPLE:
            return Upsample(_picture(parent), embedding_of(parent, engine), seed=job.seed)
        case Operation.RECONSTRUCTION:
            return Reconstruction(_picture(parent), asked["eta"], **many)
        case Operation.TEXT_DIFF:
            thetas = tuple(asked["theta"] * (index + 1) / job.count for index in indices)
            return TextDiff(_picture(parent), asked["words"], asked["base"], thetas, **many)
        case Operation.EDIT:
            mask = open_picture(io.BytesIO(base64.b64decode(asked["mask"])))
            return Edit(_picture(parent), mask, asked["words"], **many)
        case Operation.OUTPAINT:
            sides = [asked[side] for side in ("left", "top", "right", "bottom")]
            return outpaint(_picture(parent), sides, asked["words"], **many)
    raise ValueError(f"No engine request is known for {job.operation}.")


def _parts(job: Generation, parent: Image, engine: "Engine") -> tuple[Part, ...]:
    asked = job.request
    others = Image.objects.alive().visible_to(job.owner).in_bulk(asked["others"])
    if len(others) != len(asked["others"]):
        raise ImageLost
    sources = [embedding_of(other, engine) for other in others.values()]
    sources += [asked["words"]] if asked["words"] else []
    rest = (1 - asked["share"]) / len(sources)
    return (Part(embedding_of(parent, engine), asked["share"]), *(Part(source, rest) for source in sources))


def _finish(job: Generation, index: int) -> Upsample:
    asked = job.request
    sheet = Generation.objects.owned_by(job.owner).filter(pk=asked["drafts"]).first()
    draft = sheet and sheet.drafts.filter(index=asked["indices"][index]).first()
    if not draft:
        raise ImageLost("The drafts that this was to be finished from are gone.")
    picture = Pictures.open(io.BytesIO(draft.picture))
    return Upsample(picture, tuple(map(float, draft.embedding)), seed=sheet.seed + draft.index)


def _picture(image: Image) -> Pictures.Image:
    if not (picture := open_image(image)):
        raise ImageLost
    return picture
