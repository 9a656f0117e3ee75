/**
 * A volume of processes under load from all sides, while its processes die, stand still, lose their
 * storage, and its network loses messages: {@link org.trivet.chaos.ChaosTest} runs it.
 *
 * <pre>
 * ChaosRun ── rounds of: faults and work; then calm, and everything is checked
 *    ├── Volume         `trivet up --transport aeron:udp`, a process; two MountProcesses
 *    ├── Faults         draws faults from a seed, and applies them
 *    │      └── Line    tells the driver's endpoints what to lose and to delay
 *    └── Workloads      Registers, PrivateFiles, Appends, Names: actors at four Sites, two mounts
 *                       and two clients in this process
 * </pre>
 *
 * <p>Linearizability is checked by the simulator's checkers.
 */
package org.trivet.chaos;
