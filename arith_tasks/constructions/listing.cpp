#include <fmt/format.h>

#include <cstdlib>

#include "arith_tasks/constructions/compile.hpp"
#include "arith_tasks/constructions/program.hpp"

namespace carrybit::constructions {

namespace {

std::string text(const Program& program, const Form& form) {
  std::string out;
  const auto put = [&out](double coefficient, const std::string& what) {
    const double size = std::abs(coefficient);
    out += out.empty() ? (coefficient < 0 ? "-" : "") : (coefficient < 0 ? " - " : " + ");
    if (what.empty())
      out += fmt::format("{}", size);
    else
      out += size == 1 ? what : fmt::format("{} {}", size, what);
  };
  for (const Term& term : form.terms) put(term.coefficient, program.info(term.channel).name);
  if (form.constant != 0) put(form.constant, "");
  return out.empty() ? "0" : out;
}

std::string text(const Program& program, const Head& head) {
  std::string out = fmt::format("  head {}\n", head.name);
  for (const ScoreTerm& term : head.scores)
    out += fmt::format("    ({}) * ({})\n", text(program, term.query), text(program, term.key));
  for (const Fetch& fetched : head.values)
    out +=
        fmt::format("    {} <- {}\n", program.info(fetched.out).name, text(program, fetched.value));
  return out;
}

std::string text(const Program& program, const Unit& unit) {
  std::string out = fmt::format("    relu({})", text(program, unit.form));
  if (unit.factor) out += fmt::format(" * ({})", text(program, *unit.factor));
  for (const Output& output : unit.outputs)
    out += fmt::format(", {} {:+}", program.info(output.out).name, output.weight);
  return out + "\n";
}

}  // namespace

std::string listing(const Program& program) {
  std::string out =
      fmt::format("{} {}: {}\n", program.name(), program.task().name(), dimensions(program).text());
  for (const ChannelInfo& info : program.all_channels())
    out += fmt::format("  {} {}: {}\n", info.name, info.range.text(), info.meaning);
  int l = 0;
  for (const Layer& layer : program.layers()) {
    out += fmt::format("layer {}\n", ++l);
    for (const Head& head : layer.heads) out += text(program, head);
    for (const Primitive& primitive : program.primitives()) {
      const Place& at = place(primitive);
      if (at.layer != l - 1 || at.first_unit < 0) continue;
      out += fmt::format("  {} {}\n", kind(primitive), name(primitive));
      for (int u = at.first_unit; u < at.first_unit + at.units; ++u)
        out += text(program, layer.units[static_cast<std::size_t>(u)]);
    }
  }
  return out;
}

}  // namespace carrybit::constructions
