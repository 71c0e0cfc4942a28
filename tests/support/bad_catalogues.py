"""A good catalogue, and one mistake at a time."""

GOOD = """\
[[connection]]
slug = "circle"
kind = "circle"
mode = "live"
credential = "CIRCLE_API_TOKEN"
invite = true

[[connection]]
slug = "kit"
kind = "kit"
credential = "KIT_API_KEY"

[[plan]]
slug = "pro"
name = "Pro"
rank = 20
support_tier = "priority"
aliases = ["pro plan", "PRO"]
prices = ["price_pro_month", "price_pro_year"]
grace_days = 7
trial_access = true

  [plan.circle.circle]
  access_groups = [101]
  member_tags = [11]
  spaces = []

  [plan.kit.kit]
  tags = ["plan: pro"]
  status_tags = true
  welcome_sequence = 501

[[plan]]
slug = "starter"
name = "Starter"
prices = ["price_starter_month"]
"""

# Each: what is written instead of what, the text whose line is to be named, and the words.
MISTAKES = [
    (
        "grace_days = 7",
        "gracedays = 7",
        "",
        'plan "pro": unknown key "gracedays", did you mean "grace_days"?',
    ),
    ('name = "Pro"', "", "[[plan]]", 'plan "pro": name is missing'),
    ('name = "Pro"', 'name = " "', "", 'plan "pro": name is blank'),
    ('name = "Pro"', "name = 7", "", 'plan "pro": name must be text'),
    ("rank = 20", 'rank = "20"', "", 'plan "pro": rank must be a whole number'),
    ("rank = 20", "rank = true", "", 'plan "pro": rank must be a whole number'),
    ("rank = 20", "rank = -1", "", 'plan "pro": rank must be between 0 and 32767'),
    ("trial_access = true", 'trial_access = "yes"', "", 'plan "pro": trial_access must be true or false'),
    (
        'support_tier = "priority"',
        'support_tier = "gold"',
        "",
        'plan "pro": unknown support tier "gold", must be one of community, standard, priority, vip',
    ),
    (
        'prices = ["price_starter_month"]',
        'prices = [\n  "price_starter_month",  # a comment, with "quotes" and ]\n  "price_pro_year",\n]',
        '  "price_pro_year",',
        'plan "starter": price "price_pro_year" is listed twice, first in plan "pro"',
    ),
    ('slug = "starter"', 'slug = "pro"  # again', "", 'plan "pro": this slug is used twice'),
    (
        'name = "Starter"',
        'name = "Starter"\naliases = ["Pro (yearly)"]',
        'aliases = ["Pro (',
        'plan "starter": alias "Pro (yearly)" (read as "pro") also means plan "pro"',
    ),
    ('aliases = ["pro plan", "PRO"]', 'aliases = ["!"]', "", 'plan "pro": alias "!" has no letter or digit'),
    ("[plan.kit.kit]", "[plan.kit.mail]", "", 'plan "pro" at "mail": there is no connection "mail"'),
    (
        "[plan.kit.kit]",
        "[plan.kit.circle]",
        "",
        'plan "pro" at "circle": that connection is of kind circle, not kit',
    ),
    ("[plan.kit.kit]", "[plan.slack.kit]", "", 'plan "pro": unknown key "slack"'),
    (
        'kind = "kit"',
        'kind = "stripe"',
        "",
        'connection "kit": unknown kind "stripe", must be one of circle, kit',
    ),
    (
        'mode = "live"',
        'mode = "on"',
        "",
        'connection "circle": unknown mode "on", must be one of off, shadow, live',
    ),
    ('slug = "kit"', 'slug = "circle"  # again', "", 'connection "circle": this slug is used twice'),
    (
        'slug = "kit"',
        'slug = "stripe"',
        "",
        'connection "stripe": this slug is kept for Stripe, which is always connected',
    ),
    (
        "KIT_API_KEY",
        "KIT_API_KEY_EU",
        "",
        'connection "kit": the environment variable KIT_API_KEY_EU is not set',
    ),
    (
        'slug = "kit"',
        'slug = "kit mail"',
        "",
        "connection: slug must consist of letters, digits, hyphens and underscores",
    ),
    (
        '[[plan]]\nslug = "starter"',
        '[[plans]]\nslug = "starter"',
        "[[plans]]",
        'the file: unknown key "plans", did you mean "plan"?',
    ),
]
