// iter_add_log: IterADD_p(n, k) with O(log n + log k) bits and constant dimensions (Feng et al. 2025,
// Theorem 5.2), in 7 layers with ReGLU, 8 with ReLU. docs/constructions.md goes through it layer by layer.
//
// Means give the column sums c_j, and again the sums R_t of blocks of m columns; m = max(1, ceil(log_p k))
// is as many as let a block's quotient by P = p^m be a digit: with hi_t = floor(R_t / P) < P,
//
//   v_t = R_t - P hi_t + hi_(t-1) <= 2P - 2
//
// has a carry of 0 or 1 only, and add_log's search for the nearest block that does not propagate ends it.
// A digit of the answer is then a digit of z_t = (v_t + carry) mod P.
//
// Blocks are 0..G-1, G = ceil(n/m) + 1; the last holds no column. What is known of block t >= 1 stands on
// its representative, digit (t-1)m of the last number: it sees every digit of the blocks t and t - 1, and
// the representatives above it. Block 0 stands on '='. Block G-1 never propagates, so that the search
// upwards ends there; block 0 never generates nor, by decree, propagates, so that the search downwards
// ends there. Answers of block 0 need no carry: W_0 is W_1, which leads to block 0 itself.

#include "arith_tasks/constructions/iter_add_log.hpp"

#include <fmt/format.h>

#include "arith_tasks/constructions/iter_add_log_program.hpp"
#include "precision/error.hpp"

namespace carrybit::constructions {

namespace {

constexpr std::string_view title = "iter_add_log";

void check_task(const Task& task, const Options& options, const Setting& setting) {
  need_options(title, options, {"radix", "variant", "phi"},
               {"reglu", "relu", "reglu_halved", "relu_halved"});
  need_padded(title, task);
  need_msb_first(title, task.operand_order(), "operands");
  need_msb_first(title, task.answer_order(), "answers");
  if (setting.shift == Shift::none)
    throw BadInput(
        fmt::format("{}: no way is known to do it when softmax subtracts no maximum; "
                    "accepted: shift max",
                    title));
  const IterAddSizes size(task);
  if (options.phi > size.kappa)
    throw BadInput(fmt::format("{}: phi {}; accepted: 0 to ceil(log2 k) = {}", title, options.phi,
                               size.kappa));
}

Program write(const Task& task, const Options& options, const Setting& setting) {
  return IteratedAdder(task, options, setting).write();
}

Dimensions formula(const Task& task, const Options& options, const Setting&) {
  const int r = radix_of(options);
  const int p = task.token_base();
  const bool gated = is_gated(options);
  return {.layers = gated ? 7 : 8,
          .width = 20 * r + 28 + (gated ? p : 2 * p),
          .heads = 2,
          .head_dim = 4 * r + 3,
          .ffn = 4 * p - 2,
          .gated = gated};
}

}  // namespace

const Construction iter_add_log = {
    .name = title,
    .statement =
        "Feng et al. 2025, Theorem 5.2: logarithmic precision, constant depth and "
        "constant hidden dimension solve IterADD_p(n, k)",
    .summary =
        "means give column and block sums, a table of quotients the digits of those, and "
        "add_log's search the carries of 0 or 1 that remain",
    .width =
        "M >= max(A 2^kappa, B 2^mu, C P (k/2)^2, k P, C ceil(n/m)/2, C b^2), A = k(p-1) (reglu) "
        "or k(p-1)P/p (relu), B = k(P-1), P = p^m; exactly: docs/constructions.md",
    .options = "radix=1.., variant=reglu|relu|reglu_halved|relu_halved, phi=0..ceil(log2 k)",
    .task = TaskKind::iter_add,
    .check = check_task,
    .program = write,
    .dimensions = formula};

}  // namespace carrybit::constructions
