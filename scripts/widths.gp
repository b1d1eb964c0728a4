# Required width against length, from the CSV of `carrybit width --csv`. Variables: csv, svg, png.
set datafile separator ","
set key outside right top Left reverse spacing 2.2
set logscale x 2
set xlabel "digits of an operand, n"
set ylabel "bits of the narrowest fixed-point format that is right"
set grid ytics lc rgb "#dddddd"
set border 3
set tics nomirror
set xrange [0.9:1200]
set yrange [0:*]
# Okabe and Ito's colours, distinct without colour too by their marks.
set style line 1 lc rgb "#0072B2" lw 2 pt 7 ps 0.8
set style line 2 lc rgb "#D55E00" lw 2 pt 5 ps 0.8
set style line 3 lc rgb "#009E73" lw 2 pt 9 ps 0.9
set style line 4 lc rgb "#CC79A7" lw 2 pt 11 ps 0.9
set style line 5 lc rgb "#000000" lw 2 pt 13 ps 0.9
rows(name) = sprintf("< awk -F, '$1 == \"%s\" && $7 != \"\"' %s", name, csv)
# Brackets: from the widest format that fails to the one that is right.
brackets(name) = sprintf("< awk -F, -v OFS=, '$1 == \"%s\" && $7 != \"\" { if ($9 == \"\") $9 = $7; print }' %s", name, csv)
# A sampled mark has a white middle; no mark, no size.
middle(evidence) = evidence eq "sampled" ? 0.4 : 0
do for [terminal in "svg png"] {
  if (terminal eq "svg") {
    set terminal svg size 1000,460 font "Helvetica,13" background rgb "white"
    set output svg
  } else {
    set terminal pngcairo size 1500,690 font "Helvetica,15"
    set output png
  }
  plot brackets("add_prefix_sum") using 4:7:9:7 with yerrorbars ls 5 pt 0 notitle, \
       brackets("iter_add_log") using 4:7:9:7 with yerrorbars ls 3 pt 0 notitle, \
       brackets("mul_log") using 4:7:9:7 with yerrorbars ls 4 pt 0 notitle, \
       brackets("add_log") using 4:7:9:7 with yerrorbars ls 1 pt 0 notitle, \
       brackets("add_constant") using 4:7:9:7 with yerrorbars ls 2 pt 0 notitle, \
       rows("add_prefix_sum") using 4:7 with linespoints ls 5 title "addition by one\nprefix sum", \
       rows("iter_add_log") using 4:7 with linespoints ls 3 title "iterated addition,\n4 addends", \
       rows("mul_log") using 4:7 with linespoints ls 4 title "multiplication", \
       rows("add_log") using 4:7 with linespoints ls 1 title "addition,\nconstant size", \
       rows("add_constant") using 4:7 with linespoints ls 2 title "addition,\nsize grows", \
       rows("add_prefix_sum") using 4:7:(middle(strcol(11))) with points pt 7 ps variable lc rgb "white" notitle
  set output
}
