#pragma once
// A width as a law in the size of a problem: "8", "2*log2(n)+3", "ceil(log2(k))+log2(T)".

#include <map>
#include <string>
#include <string_view>

#include "arith_tasks/task.hpp"

namespace carrybit {

/// Names and their values: n digits of an operand, k operands, p the base, T tokens of the longest
/// sequence.
using LawVariables = std::map<std::string, double, std::less<>>;

LawVariables law_variables(const Task& task);

/// Evaluates + - * / ^, parentheses, numbers, variables, log2, sqrt, ceil, floor, min, max. Throws
/// BadInput, one line, where the text is no law or its value is not finite.
double evaluate_law(std::string_view law, const LawVariables& variables);

/// The same rounded up to an integer; 2^-30 above an integer still counts as that integer.
int evaluate_width_law(std::string_view law, const LawVariables& variables);

}  // namespace carrybit
