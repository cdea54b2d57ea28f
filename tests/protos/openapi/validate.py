"""Has published validators judge the OpenAPI document and the JSON Schemas of the payloads (see validate.sh).

  validate.py OPENAPI_DIR PAYLOADS_DIR
"""
import copy
import json
import pathlib
import re
import sys

import hypothesis
import openapi_spec_validator
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

made, payloads = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
openapi = json.loads((made / "openapi.json").read_text())
schemas = {path.stem: json.loads(path.read_text()) for path in sorted((made / "schemas").glob("*.json"))}
golden = {path.stem: json.loads(path.read_text()) for path in sorted(payloads.glob("*.json"))}
documented = {path.stem: json.loads(path.read_text()) for path in sorted(payloads.glob("documented/*.json"))}

registry = Registry().with_resource("urn:openapi", Resource(openapi, DRAFT202012))
# Where the keys are the caller's.
FREE_FORM = {("user_updated", "changes"), ("complained", "event", "data"), ("user_created", "user")}


def validator(schema):
    return Draft202012Validator(schema, registry=registry, format_checker=Draft202012Validator.FORMAT_CHECKER)


def at(pointer):
    return validator({"$ref": "urn:openapi#" + pointer})


def component(name):
    return at("/components/schemas/" + name)


def camel(name):
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), name)


def pascal(name):
    return camel("_" + name)


def validators_of(event_type):
    """Everything that a payload of the type is judged by: as receivers get it, and as callers send it."""
    name = pascal(event_type)
    return [validator(schemas[event_type]), component(name + "Payload"), component("Payload"),
            component(name + "PayloadInput"), component("PayloadInput"), EMIT]


def expect(valid, payload, judges, what):
    for judge in judges:
        errors = [error.message for error in judge.iter_errors(payload)]
        if bool(errors) == valid:
            raise SystemExit(f"FAILED: {what}: {errors or 'is valid'}: {json.dumps(payload)}\n{str(judge.schema)[:80]}")


EMIT = at("/paths/~1v1~1projects~1{project}~1events:emit/post/requestBody/content/application~1json/schema")


def known_members(value, path):
    """Each member of the payload whose type is documented: the object that has it, its key and its path."""
    for key, member in value.items():
        inner = path + (key,)
        if path in FREE_FORM and not (path[-1] == "user" and key in ("id", "email")):
            continue
        yield value, key, inner
        if isinstance(member, dict):
            yield from known_members(member, inner)


def wrong_values(value, key):
    """Values of other types than that of a documented value."""
    if isinstance(value, dict):
        return ["x", 12, None, []]
    if key == "id" and isinstance(value, int):  # of a number or a string
        return [True, None, 1.5, {}, {"number": 1}]
    if isinstance(value, int):
        return ["12", True, None, 1.5, -1, {}]
    return [12, False, None, {}, ["x"]]


def check_samples():
    assert len(schemas) == 12 and schemas.keys() == golden.keys() == documented.keys() == openapi["webhooks"].keys()
    for event_type, schema in schemas.items():
        Draft202012Validator.check_schema(schema)
        for payload in (golden[event_type], documented[event_type], *schema["examples"]):
            expect(True, payload, validators_of(event_type), f"the sample of {event_type}")
        for other in schemas.keys() - {event_type}:
            expect(False, golden[other], [validator(schema)], f"{other} as {event_type}")
    expect(True, list(golden.values()), [EMIT], "an array of all samples")
    expect(False, [], [EMIT], "an empty array")
    expect(False, [golden["sent"]] * 1001, [EMIT], "an array of 1001")


def check_wrong_samples():
    count = 0
    for event_type, sample in golden.items():
        judges = validators_of(event_type)
        for required in ("type", "user"):
            expect(False, {key: value for key, value in sample.items() if key != required}, judges, "without " + required)
        expect(False, {**sample, "type": "no_such_type"}, judges, "an unknown type")
        expect(False, {**sample, "user": {}}, judges, "a user without an id and an e-mail address")
        # Later versions may add some, so receivers must expect them; senders cannot.
        expect(True, {**sample, "no_such_key": 1}, judges[:3], "an unknown key that is received")
        expect(False, {**sample, "no_such_key": 1}, judges[3:], "an unknown key that is sent")
        for _, key, path in known_members(sample, (event_type,)):
            for index in range(len(wrong_values(sample_at(sample, path), key))):
                wrong = copy.deepcopy(sample)
                owner = sample_at(wrong, path[:-1])
                owner[key] = wrong_values(owner[key], key)[index]
                # As text, the id of a user who was updated is not a number.
                expect(False, wrong, judges, ".".join(path))
                count += 1
    assert count > 500, count
    return count


def sample_at(sample, path):
    for key in path[1:]:
        sample = sample[key]
    return sample


TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40)
JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=8)
ID = st.integers(-2**63, 2**63 - 1) | st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


@st.composite
def variations(draw):
    """A golden payload with other values and without some members, which is as valid."""
    event_type = draw(st.sampled_from(sorted(golden)))
    return event_type, draw(varied(golden[event_type], (event_type,)))


@st.composite
def varied(draw, value, path):
    key = path[-1]
    if path in FREE_FORM and key != "user":
        return draw(st.dictionaries(TEXT, JSON, max_size=4))
    if isinstance(value, dict):
        # An object of its own for the event's type has all that is required of it.
        required = {"type", "user", "action"} if len(path) == 1 else set()
        if key == "user":
            required = {draw(st.sampled_from(["id", "email"]))}
        result = {}
        if path in FREE_FORM:  # members that are free beside others that are not
            result = {name: member for name, member in draw(st.dictionaries(TEXT, JSON, max_size=4)).items()
                      if name not in value}
        for name, member in value.items():
            if name in required or draw(st.booleans()):
                result[name] = draw(varied(member, path + (name,)))
        return result
    if len(path) == 2 and key in ("type", "action"):
        return value
    if key == "id" and isinstance(value, int):
        return draw(ID)
    if key == "bounce_type":
        return draw(st.sampled_from(["hard", "soft"]))
    if key == "bounce_code":
        return draw(st.integers(0, 2**31 - 1))
    if isinstance(value, int):
        return draw(st.integers(0, 253402300799))
    return draw(TEXT)


@hypothesis.settings(max_examples=400, deadline=None, derandomize=True, database=None,
                     suppress_health_check=list(hypothesis.HealthCheck))
@hypothesis.given(variations())
def check_variations(variation):
    event_type, payload = variation
    # Another name in an object that is closed cannot come out of varied().
    expect(True, payload, validators_of(event_type), "a variation of " + event_type)
    expect(False, {**payload, "type": event_type + "?"}, validators_of(event_type), "with another type")


def check_examples():
    """Every example in the document is valid by the schema beside it."""
    count = 0

    def visit(value, pointer):
        nonlocal count
        if isinstance(value, list):
            for index, element in enumerate(value):
                visit(element, f"{pointer}/{index}")
        elif isinstance(value, dict):
            if "schema" in value and isinstance(value.get("examples"), dict):
                for name, example in value["examples"].items():
                    expect(True, example["value"], [at(pointer + "/schema")], f"{pointer}: {name}")
                    count += 1
            for key, member in value.items():
                visit(member, pointer + "/" + key.replace("~", "~0").replace("/", "~1"))

    visit(openapi, "")
    assert count > 24, count
    return count


def check_events():
    """The samples as protobuf JSON, which the API takes too."""
    def renamed(value):
        return {camel(key): renamed(member) for key, member in value.items()} if isinstance(value, dict) else value

    samples = sorted((payloads / "../../protos/hookd/v1/samples").glob("*.json"))
    for path in samples:
        event = renamed(json.loads(path.read_text()))
        expect(True, {"event": event, "requestId": "once"}, [component("EmitEventBody"), EMIT], path.name)
        expect(True, {"requests": [{"event": event}]}, [component("BatchEmitEventsBody")], path.name)
        expect(False, {"event": {**event, "noSuchField": 1}}, [EMIT], path.name)
        expect(False, {"event": event, "document": "{}"}, [EMIT], path.name)
    expect(False, {}, [EMIT], "nothing")
    assert len(samples) == 12


def check_resources():
    """What callers send of a webhook."""
    webhook = {"url": "https://example.com/", "eventTypes": ["EVENT_TYPE_SENT"], "retryPolicy": {"maxAttempts": 3}}
    expect(True, webhook, [component("WebhookInput"), component("WebhookUpdate"), component("Webhook")], "a webhook")
    expect(True, {"retryPolicy": {"maxBackoff": "2.5s"}}, [component("WebhookUpdate")], "an update")
    for wrong in ({"url": "https://example.com/"}, {**webhook, "eventTypes": []}, {**webhook, "uri": "x"},
                  {**webhook, "maxConcurrency": 257}, {**webhook, "timeout": "5"}, {**webhook, "eventTypes": ["SENT"]},
                  {**webhook, "retryPolicy": {}}, {**webhook, "retryPolicy": {"maxAttempts": 0}}):
        expect(False, wrong, [component("WebhookInput")], "a wrong webhook")
    expect(True, {"code": 3, "message": "x", "details": [
        {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [{"field": "a", "description": "b"}]},
        {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1s"},
        {"@type": "type.googleapis.com/google.rpc.Another", "x": 1}]}, [component("Status")], "an error")
    for wrong in ({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": 1}, {"x": 1}):
        expect(False, {"code": 3, "message": "x", "details": [wrong]}, [component("Status")], "a wrong detail")


openapi_spec_validator.validate(openapi, cls=openapi_spec_validator.OpenAPIV31SpecValidator)
print("the document is OpenAPI 3.1")
check_samples()
print("the documented and the golden payloads are valid by their schemas")
print(check_wrong_samples(), "wrong payloads are not")
check_variations()
print("400 variations are")
print(check_examples(), "examples are valid by the schemas beside them")
check_events()
check_resources()
print("events, webhooks and errors as protobuf JSON are valid, and wrong ones are not")
