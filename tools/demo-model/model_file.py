"""The demo model as a GGUF file: which keys and tensors it has, and how a model and tokenizer come back from it."""
import numpy as np
import torch

import bpe
import gguf_io
from model import Llama, Shape

TEMPLATE = ("{{ bos_token }}{% for message in messages %}"
            "{{ '<|' + message['role'] + '|>' + message['content'] | trim + '<|end|>' }}"
            "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}")


def metadata(shape, tokenizer):
    return {
        "general.architecture": "llama",
        "general.type": "model",
        "general.name": "Tandem Demo",
        "general.description": "Answers questions about running language models on phones and about Tandem.",
        "general.license": "apache-2.0",
        "general.size_label": "4M",
        "general.alignment": gguf_io.ALIGNMENT,
        "general.quantization_version": 2,
        "general.file_type": 7,
        "llama.vocab_size": shape.vocab,
        "llama.context_length": shape.context,
        "llama.embedding_length": shape.embedding,
        "llama.block_count": shape.layers,
        "llama.feed_forward_length": shape.feed_forward,
        "llama.attention.head_count": shape.heads,
        "llama.attention.head_count_kv": shape.kv_heads,
        "llama.attention.layer_norm_rms_epsilon": shape.epsilon,
        "llama.rope.dimension_count": shape.head_size,
        "llama.rope.freq_base": shape.rope_base,
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "llama-bpe",
        "tokenizer.ggml.tokens": tokenizer.tokens,
        "tokenizer.ggml.token_type": tokenizer.types(),
        "tokenizer.ggml.merges": tokenizer.merges,
        "tokenizer.ggml.bos_token_id": tokenizer.begin,
        "tokenizer.ggml.eos_token_id": tokenizer.end,
        "tokenizer.ggml.eot_token_id": tokenizer.end,
        "tokenizer.ggml.add_bos_token": True,
        "tokenizer.ggml.add_eos_token": False,
        "tokenizer.chat_template": TEMPLATE,
    }


def save(path, model, tokenizer):
    tensors = {name: p.detach().cpu().numpy().astype(np.float32) for name, p in model.named_parameters()}
    gguf_io.write(path, metadata(model.shape, tokenizer), tensors)


def load(path):
    """-> (model in float32 with the file's dequantised weights, tokenizer, metadata)."""
    keys, tensors = gguf_io.read(path)
    shape = Shape(
        vocab=len(keys["tokenizer.ggml.tokens"]),
        context=keys["llama.context_length"],
        embedding=keys["llama.embedding_length"],
        layers=keys["llama.block_count"],
        heads=keys["llama.attention.head_count"],
        kv_heads=keys["llama.attention.head_count_kv"],
        feed_forward=keys["llama.feed_forward_length"],
        rope_base=keys["llama.rope.freq_base"],
        epsilon=keys["llama.attention.layer_norm_rms_epsilon"],
    )
    model = Llama(shape)
    model.load_state_dict({name: torch.from_numpy(array) for name, array in tensors.items()})
    tokenizer = bpe.Tokenizer(keys["tokenizer.ggml.merges"])
    if tokenizer.tokens != keys["tokenizer.ggml.tokens"]:
        raise ValueError("the file's tokens do not follow from its merges")
    return model.eval(), tokenizer, keys
