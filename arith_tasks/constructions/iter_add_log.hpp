#pragma once
// iter_add_log is being written by a colleague right now (helper "iter_add_log"): do not start it.
