/** 导入文件中有误的行：原因。 */
import { formatAmount } from "@tallystick/client/money";
import type { FieldRules, RowFaultWords } from "./row-faults-en.ts";

const RULES: FieldRules = {
  party: "参与方（party）须为1至64个a-z 0-9 . _ -，以字母或数字开头",
  number: "账号（number）须为1至34个A-Z a-z 0-9 -",
  holder: "户名（holder）须为1至140个字符，不含控制字符",
  kind: "类型（kind）须为funds或credit",
  currency: "币种（currency）须为现行ISO 4217代码，大写",
  status: "状态（status）须为active、blocked，或留空",
};

const KINDS = { funds: "存款账户", credit: "授信额度" } as const;

export const rowFaultsZh: RowFaultWords = {
  quote_not_closed: () => "引号没有闭合。",
  quote_closed_early: () => "引号在字段结束之前闭合。文字中的引号请写两个。",
  quote_in_field: () => "字段中间有引号。请将整个字段置于引号内，其中的引号写两个。",
  not_csv: ({ why }) => `不是CSV的一行（${why}）。`,
  line_too_long: ({ most }) => `超过${most}个字符。`,
  field_count: ({ fields, columns }) => `有${fields}个字段，而首行有${columns}个。`,
  damaged_text: () => "含有U+FFFD，表示文字此前已经损坏。",
  invalid_fields: ({ fields }) => `${fields.map((field) => RULES[field]).join("；")}。`,
  amount_unreadable: ({ text, instead }) =>
    `“${text}”不是金额。请写${instead ? `${instead}，小数前用点号` : "数字，例如1250.50"}。`,
  amount_too_precise: ({ text, currency, decimals, thousand }) =>
    `“${text}”的小数位多于${currency}，后者为${decimals}位。${thousand ? `若为一千以上，请写${thousand}。` : ""}`,
  amount_ambiguous: ({ text, currency, readings: [one, other] }) =>
    `“${text}”在${currency}中可有两种读法。请写${one}或${other}。`,
  amount_too_large: ({ text, currency }) => `“${text}”${currency}过大，无法精确保存。`,
  kind_or_currency_fixed: ({ kind, currency }) =>
    `该账户为${KINDS[kind]}，币种${currency}，有冻结或已用的款项，类型和币种不能改变。`,
  less_than_held: ({ held, currency }) => `少于冻结与已用之和${formatAmount(held, currency)} ${currency}。`,
  sum_too_large: () => "全部账户之和过大，无法精确保存。",
  not_here: () => "存储中没有本账簿。",
};
