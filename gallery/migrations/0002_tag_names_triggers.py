from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION gallery_write_tag_names(images uuid[]) RETURNS void LANGUAGE sql AS $$
    UPDATE gallery_image SET tag_names = coalesce((
        SELECT string_agg(tag.name, ', ' ORDER BY tag.name)
        FROM gallery_taggedimage AS tagged JOIN taggit_tag AS tag ON tag.id = tagged.tag_id
        WHERE tagged.content_object_id = gallery_image.id
    ), '')
    WHERE id = ANY(images)
$$;

CREATE FUNCTION gallery_tagged_images_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM gallery_write_tag_names(ARRAY(SELECT DISTINCT content_object_id FROM changed));
    RETURN NULL;
END
$$;

CREATE FUNCTION gallery_tag_renamed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM gallery_write_tag_names(
        ARRAY(SELECT content_object_id FROM gallery_taggedimage WHERE tag_id = NEW.id)
    );
    RETURN NULL;
END
$$;
"""

TRIGGERS = """
CREATE TRIGGER tagged_images_added AFTER INSERT ON gallery_taggedimage
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION gallery_tagged_images_changed();
CREATE TRIGGER tagged_images_changed AFTER UPDATE ON gallery_taggedimage
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION gallery_tagged_images_changed();
CREATE TRIGGER tagged_images_removed AFTER DELETE ON gallery_taggedimage
    REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION gallery_tagged_images_changed();
CREATE TRIGGER tag_renamed AFTER UPDATE OF name ON taggit_tag
    FOR EACH ROW WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION gallery_tag_renamed();
"""

REMOVAL = """
DROP TRIGGER tag_renamed ON taggit_tag;
DROP TRIGGER tagged_images_removed ON gallery_taggedimage;
DROP TRIGGER tagged_images_changed ON gallery_taggedimage;
DROP TRIGGER tagged_images_added ON gallery_taggedimage;
DROP FUNCTION gallery_tag_renamed, gallery_tagged_images_changed, gallery_write_tag_names;
"""


class Migration(migrations.Migration):
    """Keep `Image.tag_names`, which word search reads, equal to the image's tags, whichever way those are written."""

    dependencies = [("gallery", "0001_initial")]

    operations = [migrations.RunSQL(FUNCTIONS + TRIGGERS, REMOVAL)]
