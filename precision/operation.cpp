#include "precision/operation.hpp"

#include <array>

namespace carrybit {

namespace {

constexpr std::array<OperationInfo, 12> table = {{
    {Operation::add, "add", 2},
    {Operation::sub, "sub", 2},
    {Operation::mul, "mul", 2},
    {Operation::fma, "fma", 3},
    {Operation::div, "div", 2},
    {Operation::sqrt, "sqrt", 1},
    {Operation::exp, "exp", 1},
    {Operation::log, "log", 1},
    {Operation::tanh, "tanh", 1},
    {Operation::erf, "erf", 1},
    {Operation::sin, "sin", 1},
    {Operation::cos, "cos", 1},
}};

}  // namespace

std::span<const OperationInfo> operations() { return table; }

std::optional<OperationInfo> find_operation(std::string_view name) {
  for (const OperationInfo& info : table) {
    if (info.name == name) {
      return info;
    }
  }
  return std::nullopt;
}

Number apply_exact(Operation operation, std::span<const Number> x, const exact::Context& context) {
  switch (operation) {
    case Operation::add: return exact::add(x[0], x[1], context);
    case Operation::sub: return exact::sub(x[0], x[1], context);
    case Operation::mul: return exact::mul(x[0], x[1], context);
    case Operation::fma: return exact::fma(x[0], x[1], x[2], context);
    case Operation::div: return exact::div(x[0], x[1], context);
    case Operation::sqrt: return exact::sqrt(x[0], context);
    case Operation::exp: return exact::exp(x[0], context);
    case Operation::log: return exact::log(x[0], context);
    case Operation::tanh: return exact::tanh(x[0], context);
    case Operation::erf: return exact::erf(x[0], context);
    case Operation::sin: return exact::sin(x[0], context);
    case Operation::cos: return exact::cos(x[0], context);
  }
  return Number::nan();
}

}  // namespace carrybit
