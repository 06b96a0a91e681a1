# Definitions that take the place of jaq's, or that jaq lacks. They come after those of jaq's core
# and before those of its standard library.

# As in jq, where jaq differs.
def null: [][0];
def repeat(f): def rec: ., (f | rec); rec;
def combinations($n): [limit($n; repeat(.))] | combinations;
def from_entries:
  reduce .[] as $entry ({}; . + ($entry | {
    ("\(if .key != null then .key else .k // .name // .Name // .Key // .K end)"):
      (if has("value") then .value else .v // .Value // .V end)
  }));
def with_entries(f): to_entries | map(f) | from_entries;

# Missing in jaq.
def IN(s): . as $x | first((s | if . == $x then true else empty end), false);
def IN(src; s): first((src | IN(s) | if . then true else empty end), false);
def INDEX(stream; f): reduce stream as $row ({}; .[$row | f | "\(.)"] = $row);
def INDEX(f): INDEX(.[]; f);
def ascii: [.] | implode;
def leaf_paths: paths(. < []);
def toarray: if . >= [] and . < {} then . else [.] end;
def trimstr($x): ltrimstr($x) | rtrimstr($x);

# Regular expressions, charged first.
def matches(re; flags): re as $re | flags as $flags | __regex($re; $flags) | __matches($re; $flags);
def split_matches(re; flags):
  re as $re | flags as $flags | __regex($re; $flags) | __split_matches($re; $flags);
def split_(re; flags): re as $re | flags as $flags | __regex($re; $flags) | __split($re; $flags);

# Dates, kept where the conversions cannot overflow.
def __date:
  if . >= [] and . < {} then
    if .[1] >= 0 and .[1] <= 11 then . else error("the month of a broken down time is from 0 to 11") end
  elif . > true and . < "" then
    if . > -100000000000 and . < 100000000000 then . else error("the time is too far from now") end
  else . end;
def strftime(f): f as $f | __date | __strftime($f);
def strptime(f): f as $f | __strptime($f);
def gmtime: __date | __gmtime;
def mktime: __date | __mktime;
