"""Simple drawings, one per kind of article, in a box of 100 × 100.

`{d}` is the dark tone of the kind's palette, `{a}` its accent, `{l}` its light tone; white is white.
"""

from __future__ import annotations

DRAWINGS: dict[str, str] = {
    "leaf": '<path d="M31 58h38c4 18-4 36-19 36S27 76 31 58z" fill="#fff"/><path d="M33 64C12 60 8 '
    '36 24 26c2-16 20-18 26-8 6-10 24-8 26 8 16 10 12 34-9 38-6 3-28 3-34 0z" fill="{a}"/><path '
    'd="M50 86V36M41 78l-9-34M59 78l9-34" stroke="{l}" stroke-width="3" fill="none" '
    'stroke-linecap="round"/>',
    "root": '<path d="M50 96C36 82 28 54 34 42c6-9 26-9 32 0 6 12-2 40-16 54z" fill="#f08a3c"/><path '
    'd="M50 38C40 30 34 20 37 8c8 5 12 12 13 20 1-9 4-17 10-23 4 10 2 22-4 30 4-5 10-8 17-8-3 8-11 '
    '13-23 11z" fill="{a}"/><path d="M38 56h10M52 66h10M43 76h8" stroke="#d66f24" stroke-width="3" '
    'stroke-linecap="round"/>',
    "mushroom": '<path d="M38 52h24c-2 14 2 24 4 36 0 6-32 6-32 0 2-12 6-22 4-36z" fill="#fff"/><path '
    'd="M10 50c0-24 18-40 40-40s40 16 40 40c0 6-12 8-40 8s-40-2-40-8z" fill="{a}"/><g fill="{l}"><circle cx="36" '
    'cy="32" r="6"/><circle cx="56" cy="24" r="5"/><circle cx="66" cy="42" r="6"/><circle cx="24" cy="46" r="4"/>'
    '</g><path d="M44 64v14M54 66v10" stroke="{l}" stroke-width="3" stroke-linecap="round"/>',
    "potato": '<path d="M12 58c-4-22 14-40 36-42 24-2 42 14 42 36 0 20-16 36-40 36S16 78 12 58z" fill="{a}"/><g '
    'fill="{d}" opacity=".55"><ellipse cx="36" cy="40" rx="4" ry="2.6"/><ellipse cx="60" cy="34" rx="4" '
    'ry="2.6"/><ellipse cx="70" cy="58" rx="4" ry="2.6"/><ellipse cx="44" cy="66" rx="4" ry="2.6"/><ellipse '
    'cx="26" cy="58" rx="3" ry="2"/></g><path d="M24 40c4-8 10-12 18-14" stroke="#fff" stroke-width="5" '
    'fill="none" stroke-linecap="round" opacity=".7"/>',
    "cucumber": '<path d="M14 70C8 84 22 94 34 86c24-14 42-34 52-58 4-12-6-20-16-14-24 14-44 32-56 56z" '
    'fill="{a}"/><path d="M26 76c14-18 30-34 48-48" stroke="{l}" stroke-width="4" fill="none" stroke-linecap="round" '
    'stroke-dasharray="2 11"/><path d="M80 18l12-10" stroke="{d}" stroke-width="6" stroke-linecap="round"/>',
    "onion": '<path d="M50 26c4 12 36 16 36 42 0 16-14 26-36 26S14 84 14 68c0-26 32-30 36-42z" fill="{a}"/><path '
    'd="M46 30c-2-10-2-16 0-24h8c2 8 2 14 0 24z" fill="#6fae5a"/><path d="M50 32c-12 16-16 40-8 60M50 32c12 16 16 40 8 '
    '60M44 36C30 50 24 64 26 82M56 36c14 14 20 28 18 46" stroke="{l}" stroke-width="3" fill="none"/>',
    "pepper": '<path d="M30 32c8-8 14-6 20-2 6-4 12-6 20 2 16 16 8 60-8 62-6 0-8-4-12-4s-6 4-12 4C22 92 14 48 30 32z" '
    'fill="{a}"/><path d="M50 34c-6-8-6-18 2-28l6 4c-4 8-4 14 0 20z" fill="{d}"/><path d="M50 36v50" stroke="{d}" '
    'stroke-width="3" opacity=".4"/><path d="M30 46c-3 8-3 18 0 28" stroke="#fff" stroke-width="5" fill="none" '
    'stroke-linecap="round" opacity=".7"/>',
    "tomato": '<path d="M50 30c26-10 42 6 40 28-2 20-18 34-40 34S12 78 10 58c-2-22 14-38 40-28z" '
    'fill="{a}"/><path d="M50 34 36 42l2-13-13-5 14-4 2-13 9 10 9-10 2 13 14 4-13 5 2 13z" fill="#5f9e4b"/><path '
    'd="M22 56c0-7 3-12 8-15" stroke="#fff" stroke-width="5" fill="none" stroke-linecap="round" opacity=".8"/>',
    "apple": '<path d="M50 34c-8-9-34-6-34 20 0 22 16 39 25 39 4 0 5-2 9-2s5 2 9 2c9 0 25-17 25-39 '
    '0-26-26-29-34-20z" fill="{a}"/><path d="M50 36c0-10 1-16 7-24" stroke="{d}" stroke-width="4" '
    'fill="none" stroke-linecap="round"/><path d="M55 23c3-11 13-14 24-12-2 11-13 17-24 12z" '
    'fill="#6fae5a"/><path d="M26 54c0-8 4-12 9-13" stroke="#fff" stroke-width="5" fill="none" '
    'stroke-linecap="round"/>',
    "meat": '<path d="M16 60c-8-24 14-46 42-44s38 22 30 42-22 14-32 26-32 6-40-24z" fill="{a}"/>'
    '<path d="M25 58c-5-18 12-33 33-32s28 16 22 30-19 11-27 20-22 4-28-18z" fill="{l}"/><circle '
    'cx="60" cy="44" r="9" fill="#fff"/><circle cx="60" cy="44" r="4" fill="{a}"/>',
    "fish": '<path d="M8 52c14-28 46-32 64-6l20-16c-3 14-3 28 0 44L72 58C54 84 22 80 8 52z" '
    'fill="{a}"/><path d="M34 30c6 12 6 32 0 44" stroke="{l}" stroke-width="3" fill="none"/><circle '
    'cx="24" cy="48" r="5" fill="#fff"/><circle cx="24" cy="48" r="2.4" fill="{d}"/><path d="M46 '
    '46q6 6 0 12M57 46q6 6 0 12" stroke="{l}" stroke-width="3" fill="none" stroke-linecap="round"/>',
    "egg": '<ellipse cx="62" cy="56" rx="23" ry="30" fill="{a}"/><ellipse cx="36" cy="62" rx="22" '
    'ry="28" fill="#fff"/><path d="M24 60c0-9 4-15 9-17" stroke="{l}" stroke-width="4" fill="none" '
    'stroke-linecap="round"/><path d="M8 84h84q-6 12-42 12T8 84z" fill="{d}"/>',
    "tofu": '<path d="M10 44 52 24l40 14v32L50 92 10 76z" fill="#fff"/><path d="M10 44 50 60v32L10 '
    '76z" fill="{l}"/><path d="M10 44 52 24l40 14-42 22zM50 60v32M10 44v32l40 16 42-22V38" '
    'fill="none" stroke="{a}" stroke-width="4" stroke-linejoin="round"/><path d="M34 16q-5-5 0-11M50 '
    '14q-5-5 0-11M66 16q-5-5 0-11" stroke="{a}" stroke-width="3" fill="none" stroke-linecap="round"/>',
    "milk": '<path d="M28 40h44v48q0 6-6 6H34q-6 0-6-6z" fill="#fff"/><path d="M28 40l9-20h26l9 20z" '
    'fill="{a}"/><path d="M36 8h28v12H36z" fill="{d}"/><path d="M28 62c8-8 14 6 22 0s14 6 22 0v26q0 '
    '6-6 6H34q-6 0-6-6z" fill="{a}"/>',
    "grain": '<path d="M28 30h44c4 20 10 36 8 54q-1 10-10 10H30q-9 0-10-10c-2-18 4-34 8-54z" '
    'fill="#fff"/><path d="M30 30C26 22 24 14 28 8q22 8 44 0c4 6 2 14-2 22z" fill="{a}"/><path '
    'd="M26 27h48v8H26z" fill="{d}"/><path d="M50 84V50M50 62c-8 0-11-4-12-10 8 0 12 4 12 10zm0 0c8 '
    '0 11-4 12-10-8 0-12 4-12 10zm0 14c-8 0-11-4-12-10 8 0 12 4 12 10zm0 0c8 0 11-4 12-10-8 0-12 '
    '4-12 10z" fill="{a}" stroke="{a}" stroke-width="2"/>',
    "oil": '<path d="M42 16h16v10c0 6 14 10 14 24v36q0 8-8 8H36q-8 0-8-8V50c0-14 14-18 14-24z" '
    'fill="{a}"/><path d="M40 6h20v12H40z" fill="{d}"/><path d="M28 54h44v26H28z" fill="#fff"/><path '
    'd="M50 57c5 7 8 10 8 14a8 8 0 0 1-16 0c0-4 3-7 8-14z" fill="{a}"/>',
    "sauce": '<path d="M40 18h20v12l10 12v44q0 8-8 8H38q-8 0-8-8V42l10-12z" fill="{a}"/><path d="M38 '
    '6h24v14H38z" fill="{d}"/><path d="M30 52h40v26H30z" fill="#fff"/><path d="M38 60h24M38 69h16" '
    'stroke="{a}" stroke-width="4" stroke-linecap="round"/>',
    "bowl": '<path d="M12 52h76c0 20-10 32-22 36v6H34v-6C22 84 12 72 12 52z" fill="{a}"/><path '
    'd="M20 52c2-12 12-16 18-10 4-10 18-10 22 0 8-6 18 0 20 10z" fill="#fff"/><path d="M54 44 84 '
    '8M64 46 92 14" stroke="{d}" stroke-width="4" stroke-linecap="round"/><path d="M26 64h48" '
    'stroke="{l}" stroke-width="4" stroke-linecap="round"/>',
    "drink": '<path d="M42 14h16v10c2 6 10 10 10 20v42q0 8-8 8H40q-8 0-8-8V44c0-10 8-14 10-20z" '
    'fill="#fff"/><path d="M32 50c6-5 12 4 18 0s12-5 18 0v36q0 8-8 8H40q-8 0-8-8z" fill="{a}"/><path '
    'd="M40 4h20v12H40z" fill="{d}"/><circle cx="44" cy="66" r="4" fill="#fff"/><circle cx="56" '
    'cy="76" r="5" fill="#fff"/><circle cx="57" cy="60" r="2.6" fill="#fff"/>',
    "beer": '<path d="M68 42h10q10 0 10 10v14q0 12-12 12h-8v-9h7q4 0 4-5V54q0-4-4-4h-7z" fill="{d}"/>'
    '<path d="M22 32h48v54q0 8-8 8H30q-8 0-8-8z" fill="{a}"/><path d="M18 38a13 13 0 0 1 10-22 16 16 '
    '0 0 1 28-2 13 13 0 0 1 18 20c-1 8-12 8-14 2-2 12-14 10-15 1-4 8-14 8-15 1-2 5-9 5-12 0z" '
    'fill="#fff"/><path d="M36 54v28M48 54v28M59 54v28" stroke="#fff" stroke-width="4" '
    'stroke-linecap="round"/>',
    "wine": '<path d="M26 8h14v22c0 6 8 8 8 20v36q0 8-8 8H26q-8 0-8-8V50c0-12 8-14 8-20z" '
    'fill="{a}"/><path d="M25 4h16v12H25z" fill="{d}"/><path d="M18 56h30v20H18z" fill="#fff"/><path '
    'd="M58 40h28c2 16-2 28-11 30v18h8v6H61v-6h8V70c-9-2-13-14-11-30z" fill="#fff"/><path d="M58 '
    '50h28c0 10-5 15-14 15s-14-5-14-15z" fill="{a}"/>',
    "chips": '<path d="M24 10q26 6 52 0l-3 12 5 58-2 14q-26-6-52 0l-2-14 5-58z" fill="{a}"/><path '
    'd="M26 20q24 5 48 0M24 84q26-5 52 0" stroke="{d}" stroke-width="3" fill="none"/><ellipse '
    'cx="50" cy="52" rx="19" ry="17" fill="#fff"/><path d="M39 55c4-10 16-12 22-6-3 9-14 14-22 6z" '
    'fill="{a}"/>',
    "cookie": '<circle cx="50" cy="52" r="38" fill="{a}"/><circle cx="50" cy="52" r="38" fill="none" '
    'stroke="{d}" stroke-width="4" stroke-dasharray="6 6"/><g fill="{d}"><circle cx="38" cy="42" '
    'r="5"/><circle cx="60" cy="36" r="4"/><circle cx="66" cy="56" r="6"/><circle cx="48" cy="62" '
    'r="4"/><circle cx="34" cy="64" r="5"/><circle cx="56" cy="76" r="4"/></g>',
    "candy": '<path d="M30 50 8 34q-4 16 0 32zM70 50l22-16q4 16 0 32z" fill="{d}"/><circle cx="50" '
    'cy="50" r="25" fill="{a}"/><path d="M36 38q14 4 22 32M52 28q14 10 18 34" stroke="#fff" '
    'stroke-width="5" fill="none" stroke-linecap="round"/>',
    "nut": '<path d="M50 94C26 92 16 66 22 44h56c6 22-4 48-28 50z" fill="{a}"/><path d="M16 44q2-22 '
    '34-22t34 22q-4 8-34 8t-34-8z" fill="{d}"/><path d="M50 24V8" stroke="{d}" stroke-width="6" '
    'stroke-linecap="round"/><path d="M34 60q2 16 10 22" stroke="#fff" stroke-width="4" fill="none" '
    'stroke-linecap="round"/>',
    "dumpling": '<path d="M8 70c4-32 24-46 42-46s38 14 42 46c-8 16-76 16-84 0z" fill="#fff"/><path '
    'd="M20 52c4-6 8 2 12-6 4-8 8 0 12-8 3-6 9-6 12 0 4 8 8 0 12 8 4 8 8 0 12 6" stroke="{a}" '
    'stroke-width="4" fill="none" stroke-linecap="round"/><path d="M8 70c8 16 76 16 84 0q-2 22-42 '
    '22T8 70z" fill="{a}"/>',
    "icecream": '<path d="M30 48h40L50 96z" fill="#e0a860"/><path d="M38 66l16-18M44 80l22-28M58 74 '
    '40 50" stroke="#c98d45" stroke-width="2.5"/><path d="M26 50a24 24 0 1 1 48 0q-6 6-12 0-6 8-12 '
    '0-6 8-12 0-6 6-12 0z" fill="{a}"/><circle cx="54" cy="20" r="7" fill="{d}"/>',
    "snow": '<g stroke="{a}" stroke-width="6" stroke-linecap="round" fill="none"><path d="M50 '
    '10v80M15 30l70 40M85 30 15 70"/><path d="M40 16l10 9 10-9M40 84l10-9 10 9M16 42l13-4-3-13M84 '
    '58l-13 4 3 13M16 58l13 4-3 13M84 42l-13-4 3-13" stroke-width="4"/></g>',
    "baby": '<path d="M32 44h36v42q0 8-8 8H40q-8 0-8-8z" fill="#fff"/><path d="M32 64h36v22q0 8-8 '
    '8H40q-8 0-8-8z" fill="{a}"/><path d="M28 34h44v11H28z" fill="{d}"/><path d="M36 34c0-10 8-8 '
    '8-16 0-5 2-10 6-10s6 5 6 10c0 8 8 6 8 16z" fill="{a}"/><path d="M58 54h10M58 64h10M58 74h10" '
    'stroke="{d}" stroke-width="3"/>',
    "pump": '<path d="M32 44h36q6 0 6 8v34q0 8-8 8H34q-8 0-8-8V52q0-8 6-8z" fill="{a}"/><path d="M42 '
    '32h16v12H42z" fill="{d}"/><path d="M47 32V18H30q-4 0-4 8M53 32V18H44v-6h18v6h-9" stroke="{d}" '
    'stroke-width="5" fill="none"/><path d="M26 58h48v22H26z" fill="#fff"/><path d="M50 60c4 5 6 8 6 '
    '11a6 6 0 0 1-12 0c0-3 2-6 6-11z" fill="{a}"/>',
    "tooth": '<path d="M14 84 66 32l8 8-52 52q-4 3-8 0t0-8z" fill="{a}"/><path d="M62 28 82 8l16 '
    '16-20 20z" fill="#fff" transform="translate(-6 4)"/><path d="M60 30l14 14" stroke="{d}" '
    'stroke-width="5"/><path d="M70 24l12 12M78 16l12 12" stroke="{l}" stroke-width="3"/><circle '
    'cx="22" cy="34" r="8" fill="#fff"/><circle cx="38" cy="20" r="5" fill="#fff"/>',
    "spray": '<path d="M36 38h26c2 10 10 14 10 26v22q0 8-8 8H34q-8 0-8-8V64c0-12 8-16 10-26z" '
    'fill="{a}"/><path d="M38 26h22v12H38zM34 10h34l6 16H60v-6H34z" fill="{d}"/><path d="M26 '
    '62h46v20H26z" fill="#fff"/><path d="M22 10 12 6M22 15H10M22 20l-10 4" stroke="{a}" '
    'stroke-width="3" stroke-linecap="round"/>',
    "paper": '<path d="M50 20h24q14 0 14 30t-14 30v14H38l12-14z" fill="#fff"/><ellipse cx="36" '
    'cy="50" rx="24" ry="32" fill="#fff"/><ellipse cx="36" cy="50" rx="24" ry="32" fill="none" '
    'stroke="{a}" stroke-width="4"/><ellipse cx="36" cy="50" rx="8" ry="11" fill="{a}"/><path d="M62 '
    '34v44M74 34v48" stroke="{l}" stroke-width="3" stroke-dasharray="4 5"/>',
    "pot": '<path d="M18 42h64v38q0 14-14 14H32q-14 0-14-14z" fill="{a}"/><path d="M12 34h76v9H12z" '
    'fill="{d}"/><path d="M24 32q4-14 26-14t26 14z" fill="#fff"/><circle cx="50" cy="14" r="6" '
    'fill="{d}"/><path d="M18 54H6M82 54h12" stroke="{d}" stroke-width="8" stroke-linecap="round"/>'
    '<path d="M30 56v20" stroke="#fff" stroke-width="5" stroke-linecap="round"/>',
    "bulb": '<path d="M50 8c20 0 32 14 32 31 0 15-12 20-14 33H32c-2-13-14-18-14-33C18 22 30 8 50 8z" '
    'fill="#fff"/><path d="M40 72V50l-8-9 10 4 8-6 8 6 10-4-8 9v22" stroke="{a}" stroke-width="4" '
    'fill="none" stroke-linejoin="round"/><path d="M34 72h32v14q-2 8-16 8t-16-8z" fill="{d}"/><path '
    'd="M34 80h32" stroke="{l}" stroke-width="3"/>',
    "pencil": '<path d="M16 84l6-24L70 12q6-5 12 1l5 5q6 6 1 12L40 78z" fill="{a}"/><path d="M16 '
    '84l6-24 18 18z" fill="#fff"/><path d="M16 84l2-9 7 7z" fill="{d}"/><path d="M60 22l18 18" '
    'stroke="{d}" stroke-width="5"/><path d="M50 94h36" stroke="{d}" stroke-width="4" '
    'stroke-linecap="round"/>',
    "book": '<path d="M22 8h50q8 0 8 8v70q0 8-8 8H22z" fill="{a}"/><path d="M22 8h9v86h-9z" '
    'fill="{d}"/><path d="M40 26h30v24H40z" fill="#fff"/><path d="M46 34h18M46 42h12" stroke="{a}" '
    'stroke-width="3" stroke-linecap="round"/><path d="M16 22h12M16 40h12M16 58h12M16 76h12" '
    'stroke="#fff" stroke-width="4" stroke-linecap="round"/>',
    "shirt": '<path d="M34 14 8 30l10 22 12-6v44q0 4 4 4h32q4 0 4-4V46l12 6 10-22-26-16c-4 12-28 '
    '12-32 0z" fill="{a}"/><path d="M34 14c4 12 28 12 32 0" stroke="#fff" stroke-width="5" '
    'fill="none"/><path d="M54 52h10v12H54z" fill="#fff"/>',
    "bed": '<path d="M12 60q0-10 10-10h56q10 0 10 10v22H12z" fill="{a}"/><rect x="20" y="36" '
    'width="28" height="20" rx="8" fill="#fff"/><rect x="52" y="36" width="28" height="20" rx="8" '
    'fill="#fff"/><path d="M8 72h84v12H8z" fill="{d}"/><path d="M14 84v8M86 84v8M12 60V26q0-6 '
    '6-6h64q6 0 6 6v34" stroke="{d}" stroke-width="6" fill="none" stroke-linecap="round"/>',
    "box": '<path d="M14 38h72v48q0 8-8 8H22q-8 0-8-8z" fill="{a}"/><path d="M8 24h84v15H8z" '
    'fill="{d}"/><rect x="36" y="52" width="28" height="11" rx="5" fill="#fff"/>',
    "bag": '<path d="M20 34h60l6 52q0 8-8 8H22q-8 0-8-8z" fill="{a}"/><path d="M34 46V30a16 16 0 0 1 '
    '32 0v16" stroke="{d}" stroke-width="6" fill="none" stroke-linecap="round"/><path d="M34 62q16 '
    '18 32 0" stroke="#fff" stroke-width="5" fill="none" stroke-linecap="round"/>',
}
