"""Word lists behind tag suggestions: what is never a tag, what is a color, a style, or one idea in two words."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _lines(text: str) -> frozenset[str]:
    return frozenset(line.strip() for line in text.split(",") if line.strip())


#: Words after which what follows is not in the picture, up to the next preposition.
NEGATIONS = _words("no not without minus excluding except")

PREPOSITIONS = _words(
    """
    about above across after against along amid among around as at atop before behind below beneath beside between
    beyond by down during for from in inside into near next of off on onto out outside over past through to toward
    towards under underneath up upon using via with within
    """
)

STOP_WORDS = (
    NEGATIONS
    | PREPOSITIONS
    | _words(
        """
        a an the and or but nor so yet if than then that this these those there here it its itself he she they them
        his her hers their theirs we us our you your yours i me my mine who whom whose which what when where why how
        is are was were be been being am has have had having do does did doing can could will would shall should may
        might must let get gets got make makes made making please want need show shows showing shown very really quite
        too also just only even still more most much many some any each every all both few several various other
        another such same own like looking looks look seen made featuring features containing contains including
        includes having wearing wears holding holds surrounded filled covered depicting depicts set placed one two
        three four five six seven eight nine ten dozen single pair couple bunch group lot lots kind type sort piece
        pieces image images picture pictures pic pics generate create draw drawn style styled styles version view shot
        scene thing things something stuff etc big small large little tiny huge good nice great beautiful pretty
        perfect best better amazing awesome stunning gorgeous lovely wonderful simple plain new plus extra super ultra
        highly high low quality detail details detailed intricate masterpiece professional realistic hyperrealistic
        photorealistic resolution hd uhd 4k 8k 16k hdr trending artstation unreal engine octane sharp focus award
        winning rendered left right center middle top bottom front back side
        """
    )
)

COLORS = _words(
    """
    red orange yellow green blue purple pink brown black white gray beige teal turquoise cyan magenta violet indigo
    gold golden silver maroon navy olive lime coral salmon lavender lilac mint peach cream ivory crimson scarlet
    burgundy azure khaki tan bronze copper mustard aqua mauve fuchsia charcoal emerald ruby
    """
)

SHADES = _words("light dark pale bright deep pastel soft neon vivid navy sky hot royal forest baby muted warm cool")

BACKGROUNDS = _words("background backdrop")

#: Kinds of picture. After a STYLE word they make one tag: "3d icon", "oil painting".
MEDIA = _words(
    """
    icon icons sketch sketches painting paintings drawing drawings illustration illustrations render rendering photo
    photos photograph photography art artwork logo logos portrait poster animation graphic graphics model print
    """
)

STYLES = _words(
    """
    3d 2d flat hand-drawn watercolor oil acrylic gouache pencil charcoal ink chalk pastel crayon line pixel digital
    concept vector cartoon isometric clip stock product macro street aerial minimalist low-poly vintage retro abstract
    pop folk stencil app line-art outline anime
    """
)

#: One idea in two or three words, singular. Their parts say something else or too little: "hot dog", "fire truck".
COMPOUNDS = _lines(
    """
    air balloon, hot air balloon, alarm clock, baseball bat, baseball cap, basketball hoop, bean bag, birthday cake,
    birthday card, bird house, black and white, bow tie, bowling ball, brown bear, bubble tea, bus stop, business
    card, business man, business woman, cable car, camera lens, candy cane, cell phone, chess board, chess piece,
    chopping board, christmas tree, clip art, clip board, coat hanger, coffee bean, coffee cup, coffee maker, coffee
    mug, coffee shop, computer mouse, construction site, credit card, cruise ship, cutting board, desk lamp, dining
    room, dining table, disco ball, dragon fruit, dump truck, easter egg, electric car, electric guitar, espresso
    machine, fairy tale, ferris wheel, file folder, fire engine, fire extinguisher, fire hydrant, fire truck, first
    aid, fish tank, fishing boat, fishing rod, flip flop, floppy disk, flower pot, food truck, fork lift, french
    fries, frying pan, game controller, garbage can, garbage truck, gas mask, gas station, gift box, gift card, ginger
    bread, goal keeper, golden gate bridge, goldfish bowl, golf ball, golf club, graduation cap, grand piano, green
    tea, guinea pig, hair dryer, hard drive, hard hat, hot chocolate, hot dog, hour glass, house plant, ice cream, ice
    cream cone, ice cube, ice hockey, ice skate, jack russell, jigsaw puzzle, key chain, killer whale, koala bear,
    ladder truck, lava lamp, lawn mower, light bulb, light house, living room, magnifying glass, mail box, maple leaf,
    meeting room, merry go round, milk shake, mobile phone, money bag, motor bike, mountain bike, mountain range,
    movie theater, music note, musical note, new york, night sky, northern lights, oak tree, office building, office
    chair, orange juice, paint brush, palm tree, panda bear, paper airplane, paper clip, paper plane, parking lot,
    passion fruit, peanut butter, piggy bank, pine tree, ping pong, pizza slice, polar bear, police car, police
    officer, polka dot, post box, post office, potted plant, power plant, race car, racing car, railway station, rain
    coat, rain drop, red panda, remote control, rocking chair, roller coaster, rubber duck, safety helmet, sail boat,
    santa claus, school bag, school bus, science fiction, sea horse, sea lion, sea shell, shipping container, shopping
    bag, shopping cart, shopping mall, skate board, smart phone, smart watch, snow flake, snow man, soccer ball, solar
    panel, solar system, soy sauce, space ship, space shuttle, space station, speech bubble, sports car, spot light,
    star fish, starry sky, statue of liberty, still life, stop sign, stuffed animal, sun flower, swimming pool, swiss
    army knife, t shirt, table lamp, table tennis, taxi cab, tea cup, tea pot, teddy bear, tennis ball, tennis racket,
    time machine, tooth brush, tooth paste, toilet paper, top hat, tow truck, traffic cone, traffic light, traffic
    sign, train station, trash can, tree house, tropical fish, vacuum cleaner, vending machine, video camera, video
    game, washing machine, water bottle, water drop, water fall, water gun, water lily, watering can, wedding cake,
    wedding dress, wedding ring, whipped cream, wind mill, wind turbine, window sill, wine bottle, wine glass, wrist
    watch, yin yang, yoga mat
    """
)

#: Last words of compounds that are a tag of their own: a fire truck is a truck, a hot dog is no dog.
HEADS = _words(
    """
    balloon clock cake car truck bus boat ship bear tree lamp cup mug chair table guitar piano ball hat cap glass
    bottle phone plant building room bridge bike station egg camera brush bag box flower dress ring leaf fruit watch
    tea airplane helmet shop
    """
)

SPELLINGS = {
    "3-d": "3d",
    "backdrop": "background",
    "colour": "color",
    "colourful": "colorful",
    "grey": "gray",
    "handdrawn": "hand-drawn",
    "photograph": "photo",
    "watercolour": "watercolor",
}

SINGULARS = {
    "brownies": "brownie",
    "buses": "bus",
    "calves": "calf",
    "canoes": "canoe",
    "children": "child",
    "cookies": "cookie",
    "elves": "elf",
    "feet": "foot",
    "geese": "goose",
    "halves": "half",
    "hoodies": "hoodie",
    "hooves": "hoof",
    "horseshoes": "horseshoe",
    "knives": "knife",
    "leaves": "leaf",
    "lenses": "lens",
    "loaves": "loaf",
    "men": "man",
    "mice": "mouse",
    "movies": "movie",
    "people": "person",
    "pies": "pie",
    "scarves": "scarf",
    "selfies": "selfie",
    "shelves": "shelf",
    "shoes": "shoe",
    "smoothies": "smoothie",
    "teeth": "tooth",
    "thieves": "thief",
    "ties": "tie",
    "toes": "toe",
    "women": "woman",
    "wolves": "wolf",
    "zombies": "zombie",
}

#: They end like a plural and have no other form worth a tag.
WITHOUT_SINGULAR = _words(
    """
    always atlas bias binoculars bus canvas chess christmas clothes cosmos cutlass economics earphones gas glasses
    goggles graphics headphones headquarters jeans kansas leggings lens mars mathematics news overalls pajamas pants
    paris pliers physics pyjamas scissors series shorts species sports stairs sunglasses texas tights tongs towards
    tweezers fries lights mechanics athletics genesis swiss outdoors indoors
    """
)
