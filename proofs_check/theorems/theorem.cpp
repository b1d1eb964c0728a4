#include "proofs_check/theorems/theorem.hpp"

#include <algorithm>
#include <array>

#include "proofs_check/theorems/feng_collapse.hpp"
#include "proofs_check/theorems/feng_constructions.hpp"
#include "proofs_check/theorems/feng_reductions.hpp"
#include "proofs_check/theorems/li.hpp"
#include "proofs_check/theorems/li_attention.hpp"
#include "proofs_check/theorems/merrill.hpp"
#include "proofs_check/theorems/park.hpp"
#include "proofs_check/theorems/softmax.hpp"
#include "proofs_check/theorems/svete.hpp"

namespace carrybit::proofs {

namespace {

constexpr std::array table = {
    Theorem{"feng-4.1", "Feng et al. 2025, arXiv 2410.13857, Theorem 4.1",
            "constant precision, constant depth, hidden dimension O(n^2) solve ADD_p(n)",
            check_feng_4_1},
    Theorem{
        "feng-4.2", "Feng et al. 2025, arXiv 2410.13857, Theorem 4.2",
        "no constant-precision model of constant depth and polynomial size solves IterADD_p(n,k)",
        check_feng_4_2},
    Theorem{"feng-4.3", "Feng et al. 2025, arXiv 2410.13857, Theorem 4.3",
            "no constant-precision model of constant depth and polynomial size solves MUL_p(n,l)",
            check_feng_4_3},
    Theorem{"feng-5.1", "Feng et al. 2025, arXiv 2410.13857, Theorem 5.1",
            "logarithmic precision, constant depth and hidden dimension solve ADD_p(n)",
            check_feng_5_1},
    Theorem{"feng-5.2", "Feng et al. 2025, arXiv 2410.13857, Theorem 5.2",
            "logarithmic precision, constant depth and hidden dimension solve IterADD_p(n,k)",
            check_feng_5_2},
    Theorem{"feng-5.3", "Feng et al. 2025, arXiv 2410.13857, Theorem 5.3",
            "logarithmic precision, constant depth and hidden dimension O(n^2) solve MUL_p(n,l)",
            check_feng_5_3},
    Theorem{"feng-ac0", "Feng et al. 2025, arXiv 2410.13857, proofs of 4.2 and 4.3",
            "constant-precision sums lie in AC0: iterated rounded addition is counter-free",
            check_feng_ac0},
    Theorem{"feng-collapse", "Feng et al. 2025, arXiv 2410.13857, section 4",
            "what needs growing precision fails at constant precision", check_feng_collapse},
    Theorem{"li-monotone", "Li, Liu, Zhou, Ma 2024, arXiv 2402.12875",
            "x -> [x + a] is monotone for every a", check_li_monotone},
    Theorem{"li-aperiodic", "Li, Liu, Zhou, Ma 2024, arXiv 2402.12875",
            "the automaton of iterated rounded addition is counter-free", check_li_aperiodic},
    Theorem{"li-exp", "Li, Liu, Zhou, Ma 2024, arXiv 2402.12875", "[exp(-B_s)] = 0", check_li_exp},
    Theorem{"li-count", "Li, Liu, Zhou, Ma 2024, arXiv 2402.12875",
            "how far uniform attention counts before its sum saturates", check_li_count},
    Theorem{"park-L6", "Park, Park, Hwang 2026, arXiv 2601.16450, L6",
            "x -> [x + z] is not injective for z != 0", check_park_l6},
    Theorem{"park-stagnation", "Park, Park, Hwang 2026, arXiv 2601.16450, the constants of T2",
            "a repeated sum comes to rest after so many copies", check_park_stagnation},
    Theorem{"park-T2", "Park, Park, Hwang 2026, arXiv 2601.16450, T2",
            "for alpha >= 3*2^p and beta - alpha >= 6*2^p similar inputs give similar outputs",
            check_park_t2},
    Theorem{"park-T4", "Park, Park, Hwang 2026, arXiv 2601.16450, T4",
            "every floating-point transformer is equivariant under swapping the first two columns",
            check_park_t4},
    Theorem{"park-T5", "Park, Park, Hwang 2026, arXiv 2601.16450, T5",
            "equal columns give equal columns", check_park_t5},
    Theorem{"svete-B.5", "Svete, Merrill, Cotterell, Sabharwal 2026, arXiv 2605.30523, B.5",
            "b >= 6 log N bits give an exactly one-hot softmax", check_svete_b5},
    Theorem{"broesamle-hardmax", "Broesamle and Eckstein 2026, arXiv 2605.18079",
            "||softmax - hardmax||_1 <= 2 n e^(-gap)", check_broesamle},
    Theorem{"velickovic-dispersion", "Velickovic et al. 2024, arXiv 2410.01104",
            "a weight is at most e^delta / n for logits within delta", check_velickovic},
    Theorem{"barbero-collapse", "Barbero et al. 2024, arXiv 2406.04267",
            "long sequences that differ end in equal representations", check_barbero},
    Theorem{"li-cotterell-nmax", "Li and Cotterell 2025, arXiv 2505.23623",
            "softmax has at most N_max non-zero weights in fixed precision", check_li_cotterell},
    Theorem{"majority-mean", "MAJORITY by one uniform head",
            "how many bits a rounded mean can count", check_majority_mean},
    Theorem{"merrill-sum", "Merrill and Sabharwal 2023, arXiv 2207.00729, 2310.07923",
            "a sum is one operation, exact and rounded once", check_merrill_sum},
};

}  // namespace

std::span<const Theorem> all_theorems() { return table; }

const Theorem* find_theorem(std::string_view name) {
  const auto at = std::ranges::find(table, name, &Theorem::name);
  return at == table.end() ? nullptr : &*at;
}

}  // namespace carrybit::proofs
