"""The text the model learns: reads `facts/*.txt`, words questions in more ways, and builds dialogues.

A facts file holds blocks separated by blank lines:

    ~ term          optional: asked for with the forms in TERM_FORMS
    ? question      one line each
    answer          the remaining lines, joined with spaces

`other.txt` and `other_lists.txt` hold what the model must decline.
"""
import re
from pathlib import Path

FACTS = Path(__file__).parent / "facts"
DECLINE = "I am a small demo model. I only know about Tandem and about running language models on phones."
TERM_FORMS = ["What is {}?", "What does {} mean?", "Explain {}.", "Tell me about {}.", "Define {}.", "{}?"]
LEADS = ["Tell me: ", "Please explain: ", "Hi! ", "Hello, ", "Quick question: ", "I am new here. ", "Question: ",
         "Can you tell me: ", "So, ", "Please tell me, ", "OK. ", "Thanks! ", "And ", "Next question: "]
TAILS = [" Please.", " Thanks!", " Thank you.", " Explain it briefly.", " I am new to this."]
SYSTEM = ["You are a helpful assistant.", "You are Tandem's demo model.", "Answer briefly.", "Be concise.",
          "You answer questions about language models on phones.", "You are a friendly assistant. Answer in English."]


def facts():
    """-> list of (questions, answer), term forms written out; refuses questions asked twice."""
    found, seen = [], {}
    for path in sorted(FACTS.glob("*.txt")):
        if path.name.startswith("other"):
            continue
        for block in re.split(r"\n\s*\n", path.read_text(encoding="utf-8").strip()):
            lines = block.splitlines()
            terms = [line[2:].strip() for line in lines if line.startswith("~ ")]
            questions = [line[2:].strip() for line in lines if line.startswith("? ")]
            answer = " ".join(line.strip() for line in lines if not line.startswith(("~ ", "? ")))
            questions += [capital(form.format(term)) for term in terms for form in TERM_FORMS]
            questions = list(dict.fromkeys(questions))
            for question in questions:
                key = question.lower().rstrip("?.")
                if seen.setdefault(key, answer) != answer:
                    raise ValueError(f"{path.name}: {question!r} has two answers")
            if len(questions) < 5 or not answer:
                raise ValueError(f"{path.name}: {block[:60]!r} needs an answer and five questions")
            found.append((questions, answer))
    return found


def capital(text):
    return text[:1].upper() + text[1:]


def other():
    """-> questions outside the model's subject, from lists and from forms filled with listed words."""
    questions = (FACTS / "other.txt").read_text(encoding="utf-8").splitlines()
    for line in (FACTS / "other_lists.txt").read_text(encoding="utf-8").splitlines():
        forms, _, words = line.partition(" : ")
        for index, word in enumerate(words.split(", ")):
            options = forms.split(" | ")
            questions.append(options[index % len(options)].format(word))
    return list(dict.fromkeys(q for q in questions if q))


def pairs():
    """-> list of (question, answer): every question of every fact, then everything to decline."""
    known = [(question, answer) for questions, answer in facts() for question in questions]
    return known + [(question, DECLINE) for question in other()]


def typo(text, random):
    """One slip of the finger: two letters swapped, one lost, or one doubled."""
    if len(text) < 8:
        return text
    at = random.randrange(1, len(text) - 2)
    kind = random.randrange(3)
    if kind == 0:
        return text[:at] + text[at + 1] + text[at] + text[at + 2:]
    return text[:at] + text[at + 1:] if kind == 1 else text[:at] + text[at] + text[at:]


def reword(question, random):
    """A question as somebody in a hurry might type it; about half of them stay as they are."""
    if random.random() < 0.45:
        return question
    if random.random() < 0.2:
        lead = random.choice(LEADS)
        question = lead + (question if lead[-2] in ".:!" else question[:1].lower() + question[1:])
    if random.random() < 0.1:
        question += random.choice(TAILS)
    if random.random() < 0.25:
        question = question.rstrip("?.!") + random.choice(["", "", "??", "!", " ?"])
    if random.random() < 0.3:
        question = question.lower()
    elif random.random() < 0.04:
        question = question.upper()
    for _ in range(random.choice([0, 0, 1, 1, 2])):
        question = typo(question, random)
    return question


def turns_of_a_conversation(random):
    draw = random.random()
    return (1 if draw < 0.76 else 2 if draw < 0.88 else 3 if draw < 0.93 else
            random.randint(4, 8) if draw < 0.985 else random.randint(9, 16))


def encode_turn(tokenizer, question, answer):
    """-> (ids, flags): the flags mark the tokens the model must produce, the answer and its end token."""
    asked = tokenizer.encode(f"<|user|>{question.strip()}<|end|><|assistant|>")
    told = tokenizer.encode(f"{answer}<|end|>")
    return asked + told, [0] * len(asked) + [1] * len(told)


def conversations(tokenizer, pairs_of_epoch, random, context):
    """One epoch: every pair once, reworded, in conversations of one or more turns -> list of (ids, flags)."""
    order = list(pairs_of_epoch)
    random.shuffle(order)
    built = []
    while order:
        ids, flags = [tokenizer.begin], [0]
        if random.random() < 0.12:
            ids += tokenizer.encode(f"<|system|>{random.choice(SYSTEM)}<|end|>")
            flags = [0] * len(ids)
        for _ in range(min(turns_of_a_conversation(random), len(order))):
            question, answer = order.pop()
            turn, marks = encode_turn(tokenizer, reword(question, random), answer)
            if len(ids) + len(turn) > context:
                order.append((question, answer))
                break
            ids, flags = ids + turn, flags + marks
        built.append((ids, flags))
    return built
