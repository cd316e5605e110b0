// Evaluates IAM policies by @cloud-copilot/iam-simulate, which others wrote: a list of simulations on standard input, a list of
// "Allowed", "ImplicitlyDenied" or "ExplicitlyDenied" on standard output.
import { readFileSync } from 'node:fs'
import { runSimulation } from '@cloud-copilot/iam-simulate'

const decisions = []
for (const simulation of JSON.parse(readFileSync(0, 'utf8'))) {
  const answer = await runSimulation(simulation, {})
  if (answer.errors) throw new Error(JSON.stringify(answer.errors))
  decisions.push(answer.overallResult)
}
console.log(JSON.stringify(decisions))
