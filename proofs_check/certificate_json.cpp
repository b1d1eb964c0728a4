// Certificates as JSON: what was claimed, in which arithmetic, of which weights, and every step with its
// number of cases. A record proves nothing by itself; verify() makes it again.

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "precision/error.hpp"
#include "proofs_check/certificate.hpp"
#include "sim/json_text.hpp"

namespace carrybit::certificates {

namespace {

constexpr std::string_view kind = "carrybit certificate";
constexpr int version = 1;
constexpr const char* role_names[] = {"weights",     "activations",   "products",
                                      "accumulator", "probabilities", "kv_cache"};

nlohmann::ordered_json arithmetic_json(const Arithmetic& a) {
  nlohmann::ordered_json json;
  for (std::size_t i = 0; i < a.roles().size(); ++i)
    json[role_names[i]] =
        fmt::format("{} {}", a.roles()[i]->format.name(), name(a.roles()[i]->rounding));
  json["product"] = name(a.product);
  json["sum"] = name(a.sum);
  json["shift"] = name(a.shift);
  json["normalise"] = name(a.normalise);
  return json;
}

Role parse_role(const JsonFields& fields, const char* key) {
  const std::string text = fields.text(key);
  const std::size_t blank = text.find(' ');
  if (blank == std::string::npos)
    fields.refuse(key, "a format and a rounding mode, as in 'fp16 rne'");
  return {Format::parse(text.substr(0, blank)), parse_rounding(text.substr(blank + 1))};
}

Arithmetic parse_arithmetic(const JsonFields& fields) {
  fields.refuse_others({"weights", "activations", "products", "accumulator", "probabilities",
                        "kv_cache", "product", "sum", "shift", "normalise"});
  Arithmetic a;
  for (std::size_t i = 0; i < a.roles().size(); ++i)
    *a.roles()[i] = parse_role(fields, role_names[i]);
  a.product = parse_product(fields.text("product"));
  a.sum = parse_sum(fields.text("sum"));
  a.shift = parse_shift(fields.text("shift"));
  a.normalise = parse_normalise(fields.text("normalise"));
  return a;
}

}  // namespace

std::string to_json(const Certificate& c) {
  nlohmann::ordered_json json;
  json["kind"] = kind;
  json["version"] = version;
  json["claim"] = fmt::format("{} answers every input of {} right", c.construction, c.task);
  json["construction"] = c.construction;
  json["task"] = c.task;
  json["options"] = c.options;
  json["arithmetic"] = arithmetic_json(c.arithmetic);
  json["weights"] = c.weights;
  json["steps"] = nlohmann::ordered_json::array();
  for (const Step& step : c.steps)
    json["steps"].push_back({{"claim", step.claim}, {"cases", step.cases}});
  json["cases"] = c.cases();
  return json.dump(2) + "\n";
}

Certificate certificate_from_json(std::string_view text, const std::string& where) {
  const nlohmann::json json = parse_json_object(text, where);
  const JsonFields fields(json, where);
  if (!fields.has("kind") || fields.text("kind") != kind)
    throw BadInput(
        fmt::format("{}: no certificate; accepted: a record of `carrybit certify`", where));
  if (fields.integer("version") != version)
    fields.refuse("version", fmt::format("{}, which this program writes", version));
  fields.refuse_others({"kind", "version", "claim", "construction", "task", "options", "arithmetic",
                        "weights", "steps", "cases"});
  Certificate c;
  c.construction = fields.text("construction");
  c.task = fields.text("task");
  c.options = fields.text("options");
  c.arithmetic = parse_arithmetic(fields.object("arithmetic"));
  c.arithmetic.label = c.arithmetic.weights.format.name();
  c.weights = fields.text("weights");
  if (!json.contains("steps") || !json["steps"].is_array())
    fields.refuse("steps", "a list of steps");
  for (const nlohmann::json& step : json["steps"]) {
    const JsonFields entry(step, where + ": a step");
    entry.refuse_others({"claim", "cases"});
    if (!step.contains("cases") || !step["cases"].is_number_unsigned())
      entry.refuse("cases", "a whole number");
    c.steps.push_back({entry.text("claim"), step["cases"].get<std::uint64_t>()});
  }
  if (!json.contains("cases") || json["cases"] != c.cases())
    fields.refuse("cases", "the sum over the steps");
  return c;
}

}  // namespace carrybit::certificates
