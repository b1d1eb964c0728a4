#pragma once
// Models as Hugging Face's transformers saves them: "model_type": gpt2 and llama. The keys and
// tensor names are those of its GPT2Config, LlamaConfig, GPT2LMHeadModel and LlamaForCausalLM.

#include "sim/json_text.hpp"
#include "sim/stored_tensors.hpp"
#include "sim/weights.hpp"

namespace carrybit {

/// The shape that a config.json describes, with the library's defaults for keys left out; name and
/// vocabulary_text are not among its keys. Throws BadInput on what the forward pass does not have.
ModelConfig gpt2_config(const JsonFields& fields);
ModelConfig llama_config(const JsonFields& fields);

/// Fills weights of a valid configuration. The file may hold the model with its head (names begin
/// with "transformer." or "model.") or, where the head is tied, the bare decoder without prefix.
void load_gpt2(StoredTensors& tensors, Weights& weights);
void load_llama(const JsonFields& fields, StoredTensors& tensors, Weights& weights);

}  // namespace carrybit
